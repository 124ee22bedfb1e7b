#include "resource_modules/sdk/module_service.h"

#include <exception>
#include <utility>

#include "absl/strings/str_cat.h"
#include "resource_modules/sdk/log.h"
#include "resource_modules/sdk/operation.h"
#include "resource_modules/sdk/program.h"
#include "resource_modules/sdk/text.h"
#include "resource_modules/sdk/validation.h"

namespace resource_broker::sdk {
namespace {

// Runs a module author's code; what it throws becomes an error.
template <typename Code>
absl::Status Guarded(absl::string_view name, Code&& code) {
  std::string thrown;
  try {
    code();
    return absl::OkStatus();
  } catch (const std::exception& exception) {
    thrown = absl::StrCat(name, " threw ", exception.what());
  } catch (...) {
    thrown = absl::StrCat(name, " threw something");
  }
  Log(thrown);
  return absl::InternalError(thrown);
}

grpc::Status FromAbsl(const absl::Status& status) {
  return grpc::Status(static_cast<grpc::StatusCode>(status.code()), MessageText(status.message()));
}

grpc::Status NotOpen(const std::string& resource) {
  return grpc::Status(grpc::StatusCode::NOT_FOUND, absl::StrCat("resource ", resource, " is not open"));
}

grpc::ServerUnaryReactor* Finished(grpc::CallbackServerContext* context, const grpc::Status& status) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  reactor->Finish(status);
  return reactor;
}

// A stream that only says why there is none.
template <typename Message>
grpc::ServerWriteReactor<Message>* Refused(grpc::Status status) {
  auto stream = PulledStream<Message>::Make([](Message*) { return Pull::kNothingYet; }, [] {});
  stream->End(std::move(status));
  return stream.get();
}

}  // namespace

ModuleService::ModuleService(Options options, Module* module)
    : options_(std::move(options)),
      module_(module),
      notifications_(module->notifications_),
      executions_(
          options_.operations, [this](const std::shared_ptr<Execution>& execution) { return Work(execution); },
          &std::chrono::steady_clock::now),
      terminations_(options_.max_parallel_terminations, options_.max_waiting_calls),
      calls_(options_.max_parallel_calls, options_.max_waiting_calls) {}

ModuleService::~ModuleService() = default;

void ModuleService::RequestStop(std::chrono::milliseconds grace) {
  absl::MutexLock lock(&mutex_);
  if (!stop_grace_.has_value()) stop_grace_ = grace;
}

bool ModuleService::WaitForHello(std::chrono::milliseconds timeout) {
  auto greeted = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return greeted_ || stop_grace_.has_value(); };
  absl::MutexLock lock(&mutex_);
  return mutex_.AwaitWithTimeout(absl::Condition(&greeted), absl::FromChrono(timeout));
}

std::chrono::milliseconds ModuleService::WaitForStopRequest() {
  absl::MutexLock lock(&mutex_);
  mutex_.Await(absl::Condition(
      +[](std::optional<std::chrono::milliseconds>* grace) { return grace->has_value(); }, &stop_grace_));
  return *stop_grace_;
}

bool ModuleService::Finish(std::chrono::milliseconds grace) {
  bool ended = executions_.Drain(grace, options_.stop_cancel_timeout);
  std::shared_ptr<NotificationStream> watch;
  {
    absl::MutexLock lock(&mutex_);
    finished_ = true;
    watch = watch_.lock();
  }
  if (watch) watch->End(grpc::Status(grpc::StatusCode::UNAVAILABLE, "the module stops"));
  return ended;
}

grpc::ServerUnaryReactor* ModuleService::Hello(grpc::CallbackServerContext* context, const v1::HelloRequest* request,
                                               v1::HelloResponse* response) {
  grpc::Status status = ChooseVersion(request->offer(), response->mutable_choice());
  response->mutable_choice()->set_component(options_.name);
  response->mutable_choice()->set_component_version(options_.version);
  response->set_process_id(ProcessId());
  {
    absl::MutexLock lock(&mutex_);
    greeted_ = true;
  }
  return Finished(context, status);
}

grpc::ServerUnaryReactor* ModuleService::OpenResource(grpc::CallbackServerContext* context,
                                                      const v1::ModuleOpenResourceRequest* request,
                                                      v1::ModuleOpenResourceResponse* response) {
  return RunOn(calls_, context, [this, request, response] {
    grpc::Status valid = CheckResourceName(request->resource());
    if (!valid.ok()) return valid;
    Resource resource{request->resource(), request->resource_type(), Properties("property", request->properties())};
    resources_.Put(resource);
    absl::Status opened;
    absl::Status guarded = Guarded("Open", [&] { opened = module_->Open(resource, request->open_flags()); });
    opened.Update(guarded);
    if (opened.ok() && request->has_state()) {
      const ExportedState state{request->state().format(), request->state().data()};
      guarded = Guarded("ImportState", [&] { opened = module_->ImportState(resource, state); });
      opened.Update(guarded);
    }
    response->set_win32_code(Win32CodeOf(opened));
    response->set_message(MessageText(opened.message()));
    return grpc::Status::OK;
  });
}

grpc::ServerUnaryReactor* ModuleService::CloseResource(grpc::CallbackServerContext* context,
                                                       const v1::ModuleCloseResourceRequest* request,
                                                       v1::ModuleCloseResourceResponse* /*response*/) {
  return RunOn(calls_, context, [this, request] {
    std::optional<Resource> resource = resources_.Remove(request->resource());
    if (!resource.has_value()) return grpc::Status::OK;
    absl::Status closed = Guarded("Close", [&] { module_->Close(*resource); });
    notifications_->Reset(resource->name);
    return FromAbsl(closed);
  });
}

grpc::ServerWriteReactor<v1::ExecuteEvent>* ModuleService::Execute(grpc::CallbackServerContext* /*context*/,
                                                                   const v1::ExecuteRequest* request) {
  grpc::Status valid = CheckExecute(*request);
  if (!valid.ok()) return Refused<v1::ExecuteEvent>(valid);
  absl::StatusOr<std::shared_ptr<Execution>> started = executions_.Start(*request);
  if (!started.ok()) return Refused<v1::ExecuteEvent>(FromAbsl(started.status()));

  std::shared_ptr<Execution> execution = *std::move(started);
  auto source = [execution, last = request->after_step()](v1::ExecuteEvent* event) mutable {
    if (std::optional<v1::ExecuteEvent> step = execution->StepAfter(last)) {
      *event = *std::move(step);
      last = event->step();
      return event->has_result() ? Pull::kLast : Pull::kMessage;
    }
    return execution->EndedAt(last) ? Pull::kEnd : Pull::kNothingYet;
  };
  auto subscription = std::make_shared<int>(0);
  auto stream = PulledStream<v1::ExecuteEvent>::Make(
      source, [execution, subscription] { execution->on_step().Remove(*subscription); });
  *subscription = execution->on_step().Add([weak = std::weak_ptr(stream)] {
    if (auto stream = weak.lock()) stream->Wake();
  });
  stream->Wake();
  return stream.get();
}

grpc::ServerUnaryReactor* ModuleService::Cancel(grpc::CallbackServerContext* context,
                                                const v1::ModuleCancelRequest* request,
                                                v1::ModuleCancelResponse* /*response*/) {
  if (std::shared_ptr<Execution> execution = executions_.Find(request->operation_id())) {
    execution->RequestCancel(request->flags());
  }
  return Finished(context, grpc::Status::OK);
}

grpc::ServerUnaryReactor* ModuleService::Terminate(grpc::CallbackServerContext* context,
                                                   const v1::ModuleTerminateRequest* request,
                                                   v1::ModuleTerminateResponse* /*response*/) {
  return RunOn(terminations_, context, [this, request] { return TerminateNow(*request); });
}

grpc::ServerUnaryReactor* ModuleService::CheckHealth(grpc::CallbackServerContext* context,
                                                     const v1::ModuleCheckHealthRequest* request,
                                                     v1::ModuleCheckHealthResponse* response) {
  return RunOn(calls_, context, [this, request, response] {
    std::optional<Resource> resource = resources_.Find(request->resource());
    if (!resource.has_value()) return NotOpen(request->resource());
    HealthReport report;
    absl::Status checked =
        Guarded("CheckHealth", [&] { report = module_->CheckHealth(*resource, request->thorough()); });
    response->set_health(report.health == Health::kAlive ? v1::ALIVE : v1::DEAD);
    response->set_message(MessageText(report.message));
    return FromAbsl(checked);
  });
}

grpc::ServerUnaryReactor* ModuleService::Control(grpc::CallbackServerContext* context,
                                                 const v1::ModuleControlRequest* request,
                                                 v1::ControlResponse* response) {
  return RunOn(calls_, context, [this, request, response] {
    std::optional<Resource> resource = resources_.Find(request->resource());
    if (!request->resource().empty() && !resource.has_value()) return NotOpen(request->resource());
    const v1::ControlRequest& control = request->control();
    ControlCall call{control.code(), resource.has_value() ? &*resource : nullptr, request->resource_type(),
                     control.has_in() ? std::optional(control.in()) : std::nullopt};
    ControlResult result;
    absl::Status controlled = Guarded("Control", [&] { result = module_->Control(call); });
    if (result.out.size() > control.out_capacity()) {
      response->set_win32_code(win32::kMoreData);
      response->set_bytes_needed(static_cast<uint32_t>(result.out.size()));
    } else {
      response->set_win32_code(result.win32_code);
      response->set_out(std::move(result.out));
    }
    return FromAbsl(controlled);
  });
}

grpc::ServerWriteReactor<v1::ModuleNotification>* ModuleService::Watch(grpc::CallbackServerContext* /*context*/,
                                                                       const v1::ModuleWatchRequest* /*request*/) {
  auto stream = NotificationStream::Make(
      [notifications = notifications_](v1::ModuleNotification* notification) {
        std::optional<v1::ModuleNotification> next = notifications->Next();
        if (!next.has_value()) return Pull::kNothingYet;
        *notification = *std::move(next);
        return Pull::kMessage;
      },
      [] {});
  std::shared_ptr<NotificationStream> before;
  {
    absl::MutexLock lock(&mutex_);
    if (finished_) stream->End(grpc::Status(grpc::StatusCode::UNAVAILABLE, "the module stops"));
    before = watch_.lock();
    watch_ = stream;
  }
  if (before) before->End(grpc::Status(grpc::StatusCode::ABORTED, "another Watch has begun"));
  notifications_->Attach([weak = std::weak_ptr(stream)] {
    if (auto stream = weak.lock()) stream->Wake();
  });
  stream->Wake();
  return stream.get();
}

grpc::ServerUnaryReactor* ModuleService::ExportState(grpc::CallbackServerContext* context,
                                                     const v1::ModuleExportStateRequest* request,
                                                     v1::ModuleExportStateResponse* response) {
  return RunOn(calls_, context, [this, request, response] {
    std::optional<Resource> resource = resources_.Find(request->resource());
    if (!resource.has_value()) return NotOpen(request->resource());
    absl::StatusOr<std::optional<ExportedState>> state;
    absl::Status guarded = Guarded("ExportState", [&] { state = module_->ExportState(*resource); });
    if (!guarded.ok()) return FromAbsl(guarded);
    if (!state.ok()) return FromAbsl(state.status());
    if (state->has_value()) {
      response->mutable_state()->set_format((*state)->format);
      response->mutable_state()->set_data(std::move((*state)->data));
    }
    return grpc::Status::OK;
  });
}

grpc::ServerUnaryReactor* ModuleService::SelfTest(grpc::CallbackServerContext* context,
                                                  const v1::ModuleSelfTestRequest* /*request*/,
                                                  v1::ModuleSelfTestResponse* /*response*/) {
  return RunOn(calls_, context, [this] {
    absl::Status passed;
    absl::Status guarded = Guarded("SelfTest", [&] { passed = module_->SelfTest(); });
    return FromAbsl(guarded.ok() ? passed : guarded);
  });
}

grpc::ServerUnaryReactor* ModuleService::Stop(grpc::CallbackServerContext* context,
                                              const v1::ModuleStopRequest* request,
                                              v1::ModuleStopResponse* /*response*/) {
  RequestStop(std::chrono::milliseconds(request->grace_ms()));
  return Finished(context, grpc::Status::OK);
}

grpc::ServerUnaryReactor* ModuleService::RunOn(WorkerPool& pool, grpc::CallbackServerContext* context,
                                               std::function<grpc::Status()> call) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  if (!pool.Run([reactor, call = std::move(call)] { reactor->Finish(call()); })) {
    reactor->Finish(grpc::Status(grpc::StatusCode::RESOURCE_EXHAUSTED, "too many calls wait in the module"));
  }
  return reactor;
}

Result ModuleService::Work(const std::shared_ptr<Execution>& execution) {
  const v1::OperationRequest& request = execution->request().operation();
  Resource resource{request.resource(), request.resource_type(), Properties("property", request.properties())};
  resources_.Put(resource);
  Operation operation(execution, resource);
  bool online = request.kind() == v1::ONLINE || execution->request().restore();
  // A state of the run before says nothing about this one.
  if (online) notifications_->Reset(resource.name);
  Result result = Result::Done();
  absl::Status guarded = Guarded(online ? "Online" : "Offline",
                                 [&] { result = online ? module_->Online(operation) : module_->Offline(operation); });
  if (!guarded.ok()) return Result::Failed(guarded);
  // What is offline is not locked.
  if (!online && result.done()) notifications_->SetLocked(resource.name, false, 0, "");
  return result;
}

grpc::Status ModuleService::TerminateNow(const v1::ModuleTerminateRequest& request) {
  std::optional<Resource> resource = resources_.Find(request.resource());
  if (!resource.has_value()) return NotOpen(request.resource());
  Log(absl::StrCat("terminating ", resource->name, ": ", request.reason()));
  std::shared_ptr<Execution> execution = executions_.UnderWay(resource->name);
  if (execution) execution->RequestTerminate();
  absl::Status terminated = Guarded("Terminate", [&] { module_->Terminate(*resource); });
  if (execution && !execution->WaitForReturn(options_.terminate_timeout)) {
    Log(absl::StrCat("the operation of ", resource->name, " does not return; it is ended without it"));
    execution->EndAsTerminated();
  }
  notifications_->SetLocked(resource->name, false, 0, "");
  return FromAbsl(terminated);
}

}  // namespace resource_broker::sdk
