// Stands between a bridge and its broker, passes every call on, and prints what was said (exchange.h):
//
//   exchange_recorder LISTEN_ADDRESS BROKER_ADDRESS > exchange
//
// Runs until it is ended. The broker is told this process' id where the bridge tells its own, since it checks that.
#include <grpcpp/grpcpp.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <thread>

#include "absl/strings/match.h"
#include "absl/synchronization/mutex.h"
#include "ipc/channel.h"
#include "tests/compatibility/exchange.h"
#include "tests/compatibility/process_id.h"
#include "tests/compatibility/raw_grpc.h"

namespace resource_broker::compatibility {
namespace {

void Write(const Entry& entry) {
  static absl::Mutex mutex;
  absl::MutexLock lock(&mutex);
  std::fputs(Print(entry).c_str(), stdout);
  std::fflush(stdout);
}

// An answer is written down before the bridge has it, and so before what the bridge does about it.
void PassOn(const std::shared_ptr<grpc::Channel>& broker, const std::shared_ptr<RawCall>& call, int number,
            const std::string& request) {
  grpc::ClientContext context;
  const bool session = absl::EndsWith(call->method(), "/OpenSession");
  const grpc::Status status =
      CallRaw(broker, &context, call->method(), session ? WithProcessId(request, kOpenSessionProcessId) : request,
              [&](std::string answer) {
                Write({number, Entry::Kind::kAnswer, "", answer, 0});
                call->Answer(std::move(answer));
              });
  Write({number, Entry::Kind::kEnd, "", status.error_message(), status.error_code()});
  call->End(status);
}

int Main(const std::string& listen, const std::string& broker_address) {
  const auto broker = ipc::Connect(broker_address, {});
  if (!broker.ok()) return 1;
  std::atomic<int> calls{0};
  const auto server = RawServer::Start(listen, [&](const std::shared_ptr<RawCall>& call, const std::string& request) {
    const int number = ++calls;
    Write({number, Entry::Kind::kCall, call->method(), request, 0});
    std::thread(PassOn, *broker, call, number, request).detach();
  });
  if (!server.ok()) {
    std::fprintf(stderr, "exchange_recorder: %s\n", server.status().ToString().c_str());
    return 1;
  }
  std::printf("# listening\n");
  std::fflush(stdout);
  while (true) std::this_thread::sleep_for(std::chrono::hours(1));
}

}  // namespace
}  // namespace resource_broker::compatibility

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "exchange_recorder LISTEN_ADDRESS BROKER_ADDRESS\n");
    return 2;
  }
  return resource_broker::compatibility::Main(argv[1], argv[2]);
}
