#include "broker_service/api/queue_service.h"

#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "broker_service/api/answer.h"
#include "broker_service/api/validation.h"

namespace resource_broker::broker {
namespace {

constexpr char kSubject[] = "queue";

std::string InWords(bool paused, const std::string& reason) {
  return paused ? absl::StrCat("paused: ", reason) : "not paused";
}

std::string InWords(const v1::QueueLimits& limits) {
  return absl::StrCat(limits.max_running_operations(), " in all, ", limits.max_running_per_module(), " per module, ",
                      limits.max_running_per_destination(), " per destination");
}

uint32_t Chosen(uint32_t asked, uint32_t now) { return asked == 0 ? now : asked; }

}  // namespace

grpc::ServerUnaryReactor* QueueService::GetQueue(grpc::CallbackServerContext* context,
                                                 const v1::GetQueueRequest* request, v1::QueueStatus* response) {
  const absl::StatusOr<Caller> caller = door_->Admit(*context, "Queue.GetQueue");
  if (!caller.ok()) return Answer(context, caller.status());
  *response = engine_->Queue();
  return Answer(context, absl::OkStatus());
}

grpc::ServerUnaryReactor* QueueService::PauseQueue(grpc::CallbackServerContext* context,
                                                   const v1::PauseQueueRequest* request, v1::QueueStatus* response) {
  const absl::StatusOr<Caller> caller = door_->Admit(*context, "Queue.PauseQueue");
  if (!caller.ok()) return Answer(context, caller.status());
  if (absl::Status status = Check(*request); !status.ok()) {
    door_->Record(*caller, "Queue.PauseQueue", ChangeOf(kSubject, "", InWords(true, request->reason())), status);
    return Answer(context, status);
  }
  return SetPause(context, *caller, "Queue.PauseQueue", true, request->reason(), response);
}

grpc::ServerUnaryReactor* QueueService::ResumeQueue(grpc::CallbackServerContext* context,
                                                    const v1::ResumeQueueRequest* request, v1::QueueStatus* response) {
  const absl::StatusOr<Caller> caller = door_->Admit(*context, "Queue.ResumeQueue");
  if (!caller.ok()) return Answer(context, caller.status());
  return SetPause(context, *caller, "Queue.ResumeQueue", false, "", response);
}

grpc::ServerUnaryReactor* QueueService::SetPause(grpc::CallbackServerContext* context, const Caller& caller,
                                                 const char* method, bool paused, const std::string& reason,
                                                 v1::QueueStatus* response) {
  const PauseRecord before = engine_->Pause();
  const Change change = ChangeOf(kSubject, InWords(before.paused, before.reason), InWords(paused, reason));
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  engine_->SetPause(
      paused, reason,
      [door = door_, engine = engine_.get(), caller, method, change, response, reactor](const absl::Status& status) {
        door->Record(caller, method, change, status);
        if (status.ok()) *response = engine->Queue();
        reactor->Finish(ToGrpc(status));
      });
  return reactor;
}

grpc::ServerUnaryReactor* QueueService::SetQueueLimits(grpc::CallbackServerContext* context,
                                                       const v1::SetQueueLimitsRequest* request,
                                                       v1::QueueStatus* response) {
  const absl::StatusOr<Caller> caller = door_->Admit(*context, "Queue.SetQueueLimits");
  if (!caller.ok()) return Answer(context, caller.status());
  const v1::QueueLimits before = engine_->Queue().limits();
  const absl::Status status = Check(*request);
  if (status.ok()) {
    const v1::QueueLimits& asked = request->limits();
    std::optional<ThrottleLimits> limits;
    if (request->has_limits()) {
      limits = {Chosen(asked.max_running_operations(), before.max_running_operations()),
                Chosen(asked.max_running_per_module(), before.max_running_per_module()),
                Chosen(asked.max_running_per_destination(), before.max_running_per_destination())};
    }
    engine_->SetLimits(limits);
    *response = engine_->Queue();
  }
  const v1::QueueLimits& after = status.ok() ? response->limits() : request->limits();
  door_->Record(*caller, "Queue.SetQueueLimits", ChangeOf("queue limits", InWords(before), InWords(after)), status);
  return Answer(context, status);
}

}  // namespace resource_broker::broker
