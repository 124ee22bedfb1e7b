// What the transport's tests share: an address, an echo server on it, and calls.
#pragma once

#include <grpcpp/channel.h>
#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "ipc/channel.h"
#include "ipc/testing/echo_server.h"
#include "ipc/testing/platform.h"
#include "ipc/testing/temporary_folder.h"

namespace resource_broker::ipc::testing {

// Longer than anything here takes, on a slow machine too.
constexpr std::chrono::seconds kPatience{20};

class TransportTest : public ::testing::Test {
 protected:
  const std::string& address() const { return address_; }
  std::string folder() const { return folder_.path(); }

  // A channel to address(); the test fails if there is none.
  std::shared_ptr<grpc::Channel> NewChannel(const ChannelOptions& options = {}) const;

 private:
  TemporaryFolder folder_;
  std::string address_ = NewAddress(folder_);
};

// One unary call that waits for the server. The answer, or the call's status.
absl::StatusOr<EchoMessage> Call(const std::shared_ptr<grpc::Channel>& channel, const std::string& payload,
                                 std::chrono::milliseconds timeout = kPatience, bool wait_for_ready = true);

// Collects what a listener tells in on_dropped.
class DropLog {
 public:
  std::function<void(const absl::Status&)> Listener();

  // Waits until `count` drops were told; false after kPatience.
  bool WaitFor(size_t count) const;
  std::vector<absl::Status> drops() const;

 private:
  mutable absl::Mutex mutex_;
  std::vector<absl::Status> drops_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace resource_broker::ipc::testing
