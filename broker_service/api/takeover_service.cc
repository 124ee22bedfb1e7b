#include "broker_service/api/takeover_service.h"

#include <utility>

#include "broker_service/api/grpc_status.h"
#include "broker_service/log.h"

namespace resource_broker::broker {

grpc::ServerUnaryReactor* TakeoverService::EndForUpgrade(grpc::CallbackServerContext* context,
                                                         const v1::EndForUpgradeRequest* request,
                                                         v1::EndForUpgradeResponse* response) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  if (on_asked_ == nullptr) {
    reactor->Finish(ToGrpc(absl::FailedPreconditionError(
        "the service manager runs this broker: `resource_broker upgrade` has it start the new program")));
    return reactor;
  }
  bool taken = false;
  {
    absl::MutexLock lock(&mu_);
    if (!ending_) {
      taken = ending_ = true;
      asked_ = reactor;
      response_ = response;
    }
  }
  if (!taken) {
    reactor->Finish(ToGrpc(absl::FailedPreconditionError("the broker ends already")));
    return reactor;
  }
  LogInfo("process ", request->process_id(), ", resource_broker ", request->version(), ", takes over");
  on_asked_();
  return reactor;
}

void TakeoverService::Refuse() {
  absl::MutexLock lock(&mu_);
  ending_ = true;
}

void TakeoverService::Answer(absl::Duration unserved) {
  absl::MutexLock lock(&mu_);
  ending_ = true;
  if (asked_ == nullptr) return;
  response_->set_process_id(process_id_);
  response_->set_version(RESOURCE_BROKER_VERSION);
  response_->set_unserved_us(static_cast<uint64_t>(absl::ToInt64Microseconds(unserved)));
  std::exchange(asked_, nullptr)->Finish(grpc::Status::OK);
}

}  // namespace resource_broker::broker
