#include "ipc/testing/transport_test_base.h"

#include <utility>

namespace resource_broker::ipc::testing {

std::shared_ptr<grpc::Channel> TransportTest::NewChannel(const ChannelOptions& options) const {
  auto channel = Connect(address_, options);
  EXPECT_TRUE(channel.ok()) << channel.status();
  return channel.ok() ? *std::move(channel) : nullptr;
}

absl::StatusOr<EchoMessage> Call(const std::shared_ptr<grpc::Channel>& channel, const std::string& payload,
                                 std::chrono::milliseconds timeout, bool wait_for_ready) {
  grpc::ClientContext context;
  context.set_wait_for_ready(wait_for_ready);
  context.set_deadline(std::chrono::system_clock::now() + timeout);
  EchoMessage request;
  request.set_payload(payload);
  EchoMessage answer;
  const grpc::Status status = Echo::NewStub(channel)->Unary(&context, request, &answer);
  if (!status.ok()) return absl::Status(static_cast<absl::StatusCode>(status.error_code()), status.error_message());
  return answer;
}

std::function<void(const absl::Status&)> DropLog::Listener() {
  return [this](const absl::Status& reason) {
    absl::MutexLock lock(&mutex_);
    drops_.push_back(reason);
  };
}

bool DropLog::WaitFor(size_t count) const {
  const auto enough = [this, count]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return drops_.size() >= count; };
  absl::MutexLock lock(&mutex_);
  return mutex_.AwaitWithTimeout(absl::Condition(&enough), absl::FromChrono(kPatience));
}

std::vector<absl::Status> DropLog::drops() const {
  absl::MutexLock lock(&mutex_);
  return drops_;
}

}  // namespace resource_broker::ipc::testing
