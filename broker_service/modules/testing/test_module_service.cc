#include "broker_service/modules/testing/test_module_service.h"

#include <grpcpp/server_context.h>
#include <grpcpp/support/server_callback.h>

#include <cstdio>
#include <cstdlib>
#include <deque>
#include <optional>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "broker_service/host/platform.h"

namespace resource_broker::broker::testing {
namespace {

constexpr uint64_t kFlood = 20000;

std::string Text(const google::protobuf::Map<std::string, v1::PropertyValue>& properties, const std::string& name) {
  const auto found = properties.find(name);
  return found == properties.end() ? "" : found->second.text();
}

void Chat() {
  const std::string line(1000, 'x');
  for (int i = 0; i < 6000; ++i) std::fprintf(i % 2 == 0 ? stdout : stderr, "%s %d\n", line.c_str(), i);
  std::fflush(stdout);
}

// As a later release would send it: field 100, three bytes.
void AddLaterField(google::protobuf::Message* message) { message->MergeFromString("\xA2\x06\x03new"); }

grpc::ServerUnaryReactor* Ok(grpc::CallbackServerContext* context) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  reactor->Finish(grpc::Status::OK);
  return reactor;
}

}  // namespace

// One Execute call: writes its steps one after another.
class TestModuleService::Execution : public grpc::ServerWriteReactor<v1::ExecuteEvent> {
 public:
  Execution(TestModuleService* service, const v1::ExecuteRequest& request)
      : service_(service), request_(request), action_(Text(request.operation().properties(), "Do")) {}

  const std::string& resource() const { return request_.operation().resource(); }

  void Begin() {
    if (action_ == "crash") std::_Exit(9);
    if (request_.resume() && !service_->Knows(request_.operation().id())) {
      Finish(grpc::Status(grpc::StatusCode::NOT_FOUND, "not known"));
    } else if (action_ == "refuse") {
      Finish(grpc::Status(grpc::StatusCode::FAILED_PRECONDITION, "not today"));
    } else if (action_ == "no_result") {
      Finish(grpc::Status::OK);
    } else if (action_ == "wait" || action_ == "hang") {
      NextStep();
    } else if (action_ == "fail" && !request_.restore()) {
      Result(v1::OUTCOME_FAILED, 1053, 77);
    } else if (action_ == "chat") {
      Chat();
      Result(v1::DONE, 0, 0);
    } else if (action_ == "not_now") {
      Result(v1::NOT_NOW, 0, 0);
    } else {
      steps_ = action_ == "flood" ? kFlood : 3;
      NextStep();
    }
  }

  // Once. A cancel may ask for it while a step is being written: then it follows.
  void Result(v1::Outcome outcome, uint32_t win32_code, uint32_t module_code) {
    absl::MutexLock lock(&mu_);
    if (result_.has_value()) return;
    result_.emplace();
    result_->set_outcome(outcome);
    result_->set_win32_code(win32_code);
    result_->set_module_code(module_code);
    result_->set_message(absl::StrCat("attempt ", request_.attempt()));
    if (action_ == "long") result_->set_message(std::string(1000, 'm'));
    if (!writing_) WriteResult();
  }

  void OnWriteDone(bool ok) override {
    {
      absl::MutexLock lock(&mu_);
      writing_ = false;
      if (!ok) return;
      if (result_.has_value()) return WriteResult();
    }
    if (action_ == "wait" || action_ == "hang") return;
    if (step_ < steps_) {
      NextStep();
    } else {
      Result(v1::DONE, 0, 0);
    }
  }

  void OnDone() override {
    {
      absl::MutexLock lock(&service_->mu_);
      const auto found = service_->waiting_.find(request_.operation().id());
      if (found != service_->waiting_.end() && found->second == this) service_->waiting_.erase(found);
    }
    delete this;
  }

 private:
  void NextStep() {
    absl::MutexLock lock(&mu_);
    if (result_.has_value()) return;
    writing_ = true;
    event_.set_step(++step_);
    event_.mutable_progress()->set_checkpoint(static_cast<uint32_t>(step_));
    event_.mutable_progress()->set_message(absl::StrCat("step ", step_));
    StartWrite(&event_);
  }

  void WriteResult() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
    writing_ = true;
    event_.set_step(++step_);
    *event_.mutable_result() = *result_;
    StartWriteAndFinish(&event_, grpc::WriteOptions(), grpc::Status::OK);
  }

  TestModuleService* const service_;
  const v1::ExecuteRequest request_;
  const std::string action_;
  uint64_t steps_ = 0;
  absl::Mutex mu_;
  uint64_t step_ = 0;
  bool writing_ ABSL_GUARDED_BY(mu_) = false;
  std::optional<v1::ExecuteEvent::Result> result_ ABSL_GUARDED_BY(mu_);
  v1::ExecuteEvent event_;
};

// The Watch call: writes what it is given, in order.
class TestModuleService::Notifier : public grpc::ServerWriteReactor<v1::ModuleNotification> {
 public:
  explicit Notifier(TestModuleService* service) : service_(service) {}

  // What there is to tell of a resource, by its name.
  void Tell(const std::string& resource) {
    v1::ModuleNotification notification;
    notification.set_resource(resource);
    if (resource == "Lock") notification.mutable_lock()->set_locked(true);
    if (resource == "Dead") notification.set_health(v1::DEAD);
    if (resource == "Fail") notification.mutable_failure()->set_failure_type(2);
    if (notification.notification_case() == v1::ModuleNotification::NOTIFICATION_NOT_SET) return;
    absl::MutexLock lock(&mu_);
    pending_.push_back(notification);
    if (pending_.size() == 1) StartWrite(&pending_.front());
  }
  void OnWriteDone(bool ok) override {
    absl::MutexLock lock(&mu_);
    if (!ok) return;
    pending_.pop_front();
    if (!pending_.empty()) StartWrite(&pending_.front());
  }
  void OnCancel() override { Finish(grpc::Status::CANCELLED); }
  void OnDone() override {
    {
      absl::MutexLock lock(&service_->mu_);
      if (service_->notifier_ == this) service_->notifier_ = nullptr;
    }
    delete this;
  }

 private:
  TestModuleService* const service_;
  absl::Mutex mu_;
  std::deque<v1::ModuleNotification> pending_ ABSL_GUARDED_BY(mu_);
};

grpc::ServerUnaryReactor* TestModuleService::Hello(grpc::CallbackServerContext* context,
                                                   const v1::HelloRequest* request, v1::HelloResponse* response) {
  if (behaviour_ == "newer") {
    grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status(grpc::StatusCode::FAILED_PRECONDITION,
                                 absl::StrCat("no common protocol version: offered ", request->offer().min_version(),
                                              " to ", request->offer().max_version(), ", this module speaks 2 to 3")));
    return reactor;
  }
  response->mutable_choice()->set_version(behaviour_ == "unoffered" ? 2 : request->offer().max_version());
  response->mutable_choice()->set_component(behaviour_ == "impostor" ? "somebody_else" : name_);
  response->set_process_id(ProcessId());
  if (behaviour_ == "wordy") {
    response->mutable_choice()->add_features("teleport");
    AddLaterField(response);
  }
  return Ok(context);
}

grpc::ServerUnaryReactor* TestModuleService::OpenResource(grpc::CallbackServerContext* context,
                                                          const v1::ModuleOpenResourceRequest* request,
                                                          v1::ModuleOpenResourceResponse* response) {
  uint32_t refused = 0;
  if (absl::SimpleAtoi(Text(request->properties(), "Refused"), &refused)) {
    response->set_win32_code(refused);
    response->set_message("Refused: it says so");
  }
  if (behaviour_ == "picky") {
    response->set_win32_code(87);
    response->set_message("it likes no properties");
  }
  absl::MutexLock lock(&mu_);
  resources_[request->resource()] = Text(request->properties(), "Mark");
  if (request->has_state()) states_[request->resource()] = request->state().data();
  if (notifier_ != nullptr && behaviour_ != "discreet") notifier_->Tell(request->resource());
  return Ok(context);
}

grpc::ServerUnaryReactor* TestModuleService::CloseResource(grpc::CallbackServerContext* context,
                                                           const v1::ModuleCloseResourceRequest* request,
                                                           v1::ModuleCloseResourceResponse* response) {
  absl::MutexLock lock(&mu_);
  resources_.erase(request->resource());
  states_.erase(request->resource());
  return Ok(context);
}

grpc::ServerWriteReactor<v1::ExecuteEvent>* TestModuleService::Execute(grpc::CallbackServerContext* context,
                                                                       const v1::ExecuteRequest* request) {
  auto* execution = new Execution(this, *request);  // deletes itself in OnDone
  {
    absl::MutexLock lock(&mu_);
    if (!request->resume()) known_.insert(request->operation().id());
    const std::string action = Text(request->operation().properties(), "Do");
    if (action == "wait") waiting_[request->operation().id()] = execution;
    if (action == "remember") states_[request->operation().resource()] = "remembered";
  }
  execution->Begin();
  return execution;
}

grpc::ServerUnaryReactor* TestModuleService::Cancel(grpc::CallbackServerContext* context,
                                                    const v1::ModuleCancelRequest* request,
                                                    v1::ModuleCancelResponse* response) {
  absl::MutexLock lock(&mu_);
  const auto found = waiting_.find(request->operation_id());
  if (found != waiting_.end()) {
    found->second->Result(v1::OUTCOME_CANCELLED, 1223, request->flags());
    waiting_.erase(found);
  }
  return Ok(context);
}

grpc::ServerUnaryReactor* TestModuleService::Terminate(grpc::CallbackServerContext* context,
                                                       const v1::ModuleTerminateRequest* request,
                                                       v1::ModuleTerminateResponse* response) {
  if (request->resource() == "Stuck") return context->DefaultReactor();  // never answered
  absl::MutexLock lock(&mu_);
  for (auto waiting = waiting_.begin(); waiting != waiting_.end();) {
    if (waiting->second->resource() == request->resource()) {
      waiting->second->Result(v1::OUTCOME_TERMINATED, 995, 0);
      waiting = waiting_.erase(waiting);
    } else {
      ++waiting;
    }
  }
  return Ok(context);
}

grpc::ServerUnaryReactor* TestModuleService::CheckHealth(grpc::CallbackServerContext* context,
                                                         const v1::ModuleCheckHealthRequest* request,
                                                         v1::ModuleCheckHealthResponse* response) {
  const bool dead = request->resource() == "Dead" || behaviour_ == "corpse" ||
                    (behaviour_ == "corpse_at_second_sight" && request->thorough());
  response->set_health(dead ? v1::DEAD : v1::ALIVE);
  response->set_message(request->thorough() ? "thorough" : "quick");
  return Ok(context);
}

grpc::ServerUnaryReactor* TestModuleService::Control(grpc::CallbackServerContext* context,
                                                     const v1::ModuleControlRequest* request,
                                                     v1::ControlResponse* response) {
  // Tells what it knows of the resource.
  absl::MutexLock lock(&mu_);
  const auto found = resources_.find(request->resource());
  response->set_win32_code(found == resources_.end() ? 5007 : 0);
  response->set_out(found == resources_.end() ? "" : found->second);
  if (const auto state = states_.find(request->resource()); state != states_.end()) response->set_out(state->second);
  return Ok(context);
}

grpc::ServerWriteReactor<v1::ModuleNotification>* TestModuleService::Watch(grpc::CallbackServerContext* context,
                                                                           const v1::ModuleWatchRequest* request) {
  absl::MutexLock lock(&mu_);
  notifier_ = new Notifier(this);  // deletes itself in OnDone
  if (behaviour_ == "discreet") return notifier_;
  for (const auto& [resource, mark] : resources_) notifier_->Tell(resource);
  return notifier_;
}

grpc::ServerUnaryReactor* TestModuleService::ExportState(grpc::CallbackServerContext* context,
                                                         const v1::ModuleExportStateRequest* request,
                                                         v1::ModuleExportStateResponse* response) {
  absl::MutexLock lock(&mu_);
  if (const auto state = states_.find(request->resource()); state != states_.end()) {
    response->mutable_state()->set_format(1);
    response->mutable_state()->set_data(state->second);
  }
  return Ok(context);
}

grpc::ServerUnaryReactor* TestModuleService::SelfTest(grpc::CallbackServerContext* context,
                                                      const v1::ModuleSelfTestRequest* request,
                                                      v1::ModuleSelfTestResponse* response) {
  if (behaviour_ != "unfit") return Ok(context);
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  reactor->Finish(grpc::Status(grpc::StatusCode::FAILED_PRECONDITION, "this machine is too small"));
  return reactor;
}

grpc::ServerUnaryReactor* TestModuleService::Stop(grpc::CallbackServerContext* context,
                                                  const v1::ModuleStopRequest* request,
                                                  v1::ModuleStopResponse* response) {
  if (behaviour_ != "stubborn") std::_Exit(0);
  return Ok(context);
}

}  // namespace resource_broker::broker::testing
