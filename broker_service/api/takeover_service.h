// The contract between this broker and the next, served.
#pragma once

#include <cstdint>
#include <functional>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "resource_broker/v1/takeover.grpc.pb.h"

namespace resource_broker::broker {

// One call is taken, once. Thread-safe.
class TakeoverService : public v1::Takeover::CallbackService {
 public:
  // `on_asked` is called without locks and must not block. Null: every call is refused.
  TakeoverService(uint32_t process_id, std::function<void()> on_asked)
      : process_id_(process_id), on_asked_(std::move(on_asked)) {}

  grpc::ServerUnaryReactor* EndForUpgrade(grpc::CallbackServerContext* context, const v1::EndForUpgradeRequest* request,
                                          v1::EndForUpgradeResponse* response) override;

  // The broker ends by itself: who asks from now on is refused.
  void Refuse();

  // Answers the call that asked, if there is one: all is let go of, and the last bridge was answered so long ago.
  void Answer(absl::Duration unserved);

 private:
  const uint32_t process_id_;
  const std::function<void()> on_asked_;

  absl::Mutex mu_;
  bool ending_ ABSL_GUARDED_BY(mu_) = false;
  grpc::ServerUnaryReactor* asked_ ABSL_GUARDED_BY(mu_) = nullptr;
  v1::EndForUpgradeResponse* response_ ABSL_GUARDED_BY(mu_) = nullptr;
};

}  // namespace resource_broker::broker
