#include "bench/transport/grpc_load.h"

#include <grpcpp/client_context.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "absl/synchronization/notification.h"
#include "bench/transport/load_server.h"

namespace resource_broker::bench {
namespace {

// About what an event of an operation takes.
constexpr uint32_t kStreamedBytes = 128;
constexpr std::chrono::seconds kPatience{60};
constexpr std::chrono::seconds kTrialPatience{5};

class Context : public grpc::ClientContext {
 public:
  explicit Context(std::chrono::seconds patience = kPatience) {
    set_wait_for_ready(true);
    set_deadline(std::chrono::system_clock::now() + patience);
  }
};

void Require(const grpc::Status& status, const char* what) {
  if (status.ok()) return;
  std::fprintf(stderr, "bench_transport: %s: %s\n", what, status.error_message().c_str());
  std::exit(1);
}

template <typename Call>
Samples Time(int calls, const Call& call) {
  Samples samples;
  samples.reserve(static_cast<size_t>(calls));
  for (int i = 0; i < calls; ++i) {
    const Clock::time_point begun = Clock::now();
    call();
    samples.push_back(Microseconds(Clock::now() - begun));
  }
  return samples;
}

}  // namespace

GrpcLoad::GrpcLoad(const std::shared_ptr<grpc::Channel>& channel) : stub_(Load::NewStub(channel)) {
  bulk_.set_bytes(std::string(kBulkBytes, 'x'));
}

Samples GrpcLoad::Blocking(int calls) {
  Payload request;
  request.set_bytes("x");
  Payload answer;
  return Time(calls, [&] {
    Context context;
    Require(stub_->Echo(&context, request, &answer), "Echo");
  });
}

Samples GrpcLoad::Callback(int calls) {
  Payload request;
  request.set_bytes("x");
  Payload answer;
  return Time(calls, [&] {
    Context context;
    absl::Notification done;
    grpc::Status result;
    stub_->async()->Echo(&context, &request, &answer, [&](grpc::Status status) {
      result = std::move(status);
      done.Notify();
    });
    done.WaitForNotification();
    Require(result, "Echo");
  });
}

Samples GrpcLoad::Bulk(int messages) {
  Taken answer;
  return Time(messages, [&] {
    Context context;
    Require(stub_->Take(&context, bulk_, &answer), "Take");
  });
}

bool GrpcLoad::TakesBulk() {
  Context context(kTrialPatience);
  Taken answer;
  return stub_->Take(&context, bulk_, &answer).ok();
}

double GrpcLoad::Stream(int messages) {
  Context context;
  GiveRequest request;
  request.set_messages(static_cast<uint32_t>(messages));
  request.set_bytes_each(kStreamedBytes);
  const Clock::time_point begun = Clock::now();
  const auto reader = stub_->Give(&context, request);
  Payload payload;
  int count = 0;
  while (reader->Read(&payload)) ++count;
  Require(reader->Finish(), "Give");
  const double seconds = Microseconds(Clock::now() - begun) / 1e6;
  return count / seconds;
}

}  // namespace resource_broker::bench
