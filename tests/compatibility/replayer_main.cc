// A peer of version 1 made of recorded bytes.
//
//   exchange_replayer ADDRESS FILE   a broker: plays FILE (replay.h) until it is ended
//   exchange_replayer FILE           a module, started by a broker: answers each call with what FILE has for its
//   method,
//                                    the first call with the first, and so on; the last one stays
#include <grpcpp/grpcpp.h>

#include <chrono>
#include <cstdio>
#include <map>
#include <string>
#include <thread>

#include "absl/strings/match.h"
#include "absl/synchronization/mutex.h"
#include "ipc/end_process.h"
#include "resource_modules/sdk/program.h"
#include "tests/compatibility/exchange.h"
#include "tests/compatibility/process_id.h"
#include "tests/compatibility/raw_grpc.h"
#include "tests/compatibility/replay.h"

namespace resource_broker::compatibility {
namespace {

// What a module answers to one call: the entries but the call itself.
class ModuleAnswers {
 public:
  explicit ModuleAnswers(const Exchange& exchange) {
    std::map<int, std::string> methods;
    for (const Entry& entry : exchange) {
      if (entry.kind == Entry::Kind::kCall) {
        methods[entry.call] = entry.method;
        by_method_[entry.method].emplace_back();
      } else {
        by_method_[methods[entry.call]].back().push_back(entry);
      }
    }
  }

  void Take(const std::shared_ptr<RawCall>& call) {
    const bool hello = absl::EndsWith(call->method(), "/Hello");
    for (const Entry& entry : Next(call->method())) {
      if (entry.kind == Entry::Kind::kAnswer) {
        call->Answer(hello ? WithProcessId(entry.bytes, kHelloProcessId) : entry.bytes);
      } else {
        call->End(grpc::Status(static_cast<grpc::StatusCode>(entry.status), entry.bytes));
      }
    }
    if (absl::EndsWith(call->method(), "/Stop")) ipc::EndProcess(0);
  }

 private:
  Exchange Next(const std::string& method) {
    absl::MutexLock lock(&mutex_);
    auto& answers = by_method_[method];
    if (answers.empty()) return {{0, Entry::Kind::kEnd, "", "not recorded", grpc::StatusCode::UNIMPLEMENTED}};
    const Exchange answer = answers.front();
    if (answers.size() > 1) answers.pop_front();
    return answer;
  }

  absl::Mutex mutex_;
  std::map<std::string, std::deque<Exchange>> by_method_ ABSL_GUARDED_BY(mutex_);
};

int Main(const std::string& address, const std::string& file, bool module) {
  const absl::StatusOr<Exchange> exchange = ReadExchange(file);
  if (!exchange.ok()) {
    std::fprintf(stderr, "exchange_replayer: %s\n", exchange.status().ToString().c_str());
    return 1;
  }
  Replay replay(*exchange);
  ModuleAnswers answers(*exchange);
  const auto server = RawServer::Start(address, [&](const std::shared_ptr<RawCall>& call, const std::string& request) {
    module ? answers.Take(call) : replay.Take(call, request);
  });
  if (!server.ok()) {
    std::fprintf(stderr, "exchange_replayer: %s\n", server.status().ToString().c_str());
    return 1;
  }
  std::printf("RESOURCE-BROKER-MODULE|1|%s\n", address.c_str());
  std::fflush(stdout);
  // A forgotten one ends some time.
  std::this_thread::sleep_for(std::chrono::minutes(10));
  ipc::EndProcess(0);
}

}  // namespace
}  // namespace resource_broker::compatibility

int main(int argc, char** argv) {
  using resource_broker::compatibility::Main;
  if (argc == 3) return Main(argv[1], argv[2], /*module=*/false);
  const auto endpoint = resource_broker::sdk::EnvironmentVariable("RESOURCE_BROKER_MODULE_ENDPOINT");
  if (argc == 2 && endpoint.has_value()) return Main(*endpoint, argv[1], /*module=*/true);
  std::fprintf(stderr, "exchange_replayer ADDRESS FILE, or exchange_replayer FILE as a module\n");
  return 2;
}
