// The stream of what a module tells unasked.
#pragma once

#include <grpcpp/client_context.h>
#include <grpcpp/support/client_callback.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "broker_service/modules/module_instance.h"
#include "broker_service/operations/clock.h"
#include "resource_broker/v1/module.grpc.pb.h"

namespace resource_broker::broker {

// Keeps one Watch call open while the module lives. A module that tells too much is read more slowly: what it can't
// send piles up at its own end. Thread-safe.
class ModuleWatch : public std::enable_shared_from_this<ModuleWatch> {
 public:
  ModuleWatch(std::shared_ptr<v1::ResourceModule::Stub> stub, Timers* timers, absl::Duration open_again,
              std::string label, std::weak_ptr<ModuleInstance::Delegate> delegate);

  void Open();
  // No more calls, and no more of the delegate once the one under way has returned.
  void Close();

 private:
  class Stream;

  // Zero: read on at once. Else after this.
  absl::Duration Pace();
  void OnNotification(const v1::ModuleNotification& notification);
  void OnStreamEnded(const grpc::Status& status);

  const std::shared_ptr<v1::ResourceModule::Stub> stub_;
  Timers* const timers_;
  const absl::Duration open_again_;
  const std::string label_;
  const std::weak_ptr<ModuleInstance::Delegate> delegate_;

  absl::Mutex mu_;
  bool closed_ ABSL_GUARDED_BY(mu_) = false;
  std::shared_ptr<Stream> stream_ ABSL_GUARDED_BY(mu_);
  // Notifications that may still come without a pause, as of `refilled_at_`.
  double credit_ ABSL_GUARDED_BY(mu_) = 0;
  std::chrono::steady_clock::time_point refilled_at_ ABSL_GUARDED_BY(mu_);
};

}  // namespace resource_broker::broker
