#include "broker_service/api/bridge_service.h"

#include <algorithm>
#include <functional>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "broker_service/api/grpc_status.h"
#include "broker_service/api/validation.h"
#include "broker_service/faults/faults.h"
#include "broker_service/log.h"
#include "broker_service/text.h"
#include "ipc/peer.h"
#include "resource_broker/v1/win32_codes.h"

namespace resource_broker::broker {
namespace {

// What a module may answer to a control code; more would not fit into a message.
constexpr uint32_t kMaxOutBytes = 3 << 20;

grpc::ServerUnaryReactor* Answer(grpc::CallbackServerContext* context, const absl::Status& status) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  reactor->Finish(ToGrpc(status));
  return reactor;
}

// A module's failing is nothing the caller of the broker could have avoided, except by naming another module.
absl::Status AsSeenByBridge(const absl::Status& status) {
  if (status.ok() || absl::IsNotFound(status)) return status;
  return absl::UnavailableError(status.message());
}

// What the contract demands of an answer, whatever the module sent.
absl::Status CheckAnswer(const v1::ControlResponse& answer, uint32_t capacity) {
  if (answer.out().size() > capacity) return absl::UnavailableError("the module's `out` is larger than out_capacity");
  if (answer.win32_code() == win32::kMoreData && !answer.out().empty()) {
    return absl::UnavailableError("the module sent `out` with code 234");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::shared_ptr<Session>> BridgeService::Caller(const grpc::CallbackServerContext& context,
                                                               const std::string& session_id) {
  if (handed_over_) return absl::UnavailableError(kUpgrading);
  if (absl::Status status = CheckId("session_id", session_id); !status.ok()) return status;
  return parts_.sessions->Find(session_id, ipc::CallerOf(context));
}

absl::StatusOr<OperationEngine::OpenResourceView> BridgeService::OpenIn(const Session& session,
                                                                        const std::string& resource) {
  if (absl::Status status = CheckResourceName(resource); !status.ok()) return status;
  std::optional<OperationEngine::OpenResourceView> found = parts_.engine->FindOpen(resource);
  if (!found.has_value() || found->session != session.id()) {
    return absl::NotFoundError(absl::StrCat("resource: \"", resource, "\" is not open in this session"));
  }
  return *std::move(found);
}

grpc::ServerUnaryReactor* BridgeService::OpenSession(grpc::CallbackServerContext* context,
                                                     const v1::OpenSessionRequest* request,
                                                     v1::OpenSessionResponse* response) {
  if (absl::Status status = BeforeFaultPoint(FaultPoint::kBridgeSessionOpen); !status.ok()) {
    return Answer(context, status);
  }
  if (handed_over_) return Answer(context, absl::UnavailableError(kUpgrading));
  if (absl::Status status = Check(*request); !status.ok()) return Answer(context, status);
  absl::StatusOr<v1::ProtocolChoice> choice = Negotiate(request->offer());
  if (!choice.ok()) return Answer(context, choice.status());
  const std::optional<ipc::PeerIdentity> caller = ipc::CallerOf(*context);
  if (caller.has_value() && caller->process_id != 0 && caller->process_id != request->process_id()) {
    return Answer(context, absl::PermissionDeniedError(absl::StrCat("process_id: says ", request->process_id(),
                                                                    ", but the caller is ", caller->ToString())));
  }
  if (absl::Status status = parts_.sessions->Open(*request); !status.ok()) return Answer(context, status);
  *response->mutable_choice() = *std::move(choice);
  response->set_broker_instance(parts_.broker_instance);
  response->set_max_in_buffer_bytes(parts_.max_in_buffer_bytes);
  AfterFaultPoint(FaultPoint::kBridgeSessionOpen);
  return Answer(context, absl::OkStatus());
}

grpc::ServerWriteReactor<v1::SessionEvent>* BridgeService::Watch(grpc::CallbackServerContext* context,
                                                                 const v1::WatchRequest* request) {
  absl::StatusOr<std::shared_ptr<Session>> session = Caller(*context, request->session_id());
  if (absl::Status status = BeforeFaultPoint(FaultPoint::kBridgeWatch); !status.ok()) session = status;
  std::function<void(SessionStream*)> on_end;
  if (session.ok()) {
    on_end = [sessions = parts_.sessions, session = *session](SessionStream* stream) {
      sessions->Detach(session, stream);
    };
  }
  const auto stream = SessionStream::Make(context, parts_.stream, parts_.timers, std::move(on_end));
  if (!session.ok()) {
    stream->End(ToGrpc(session.status()));
    return stream.get();
  }
  v1::SessionEvent started;
  started.mutable_started();
  stream->Send(std::move(started));
  parts_.sessions->Attach(*session, stream);
  AfterFaultPoint(FaultPoint::kBridgeWatch);
  return stream.get();
}

grpc::ServerUnaryReactor* BridgeService::CloseSession(grpc::CallbackServerContext* context,
                                                      const v1::CloseSessionRequest* request,
                                                      v1::CloseSessionResponse* response) {
  const absl::StatusOr<std::shared_ptr<Session>> session = Caller(*context, request->session_id());
  if (session.ok()) parts_.sessions->Close(request->session_id());
  return Answer(context, session.status());
}

grpc::ServerUnaryReactor* BridgeService::OpenResource(grpc::CallbackServerContext* context,
                                                      const v1::OpenResourceRequest* request,
                                                      v1::OpenResourceResponse* response) {
  if (absl::Status status = BeforeFaultPoint(FaultPoint::kBridgeResourceOpen); !status.ok()) {
    return Answer(context, status);
  }
  if (absl::Status status = Check(*request); !status.ok()) return Answer(context, status);
  const absl::StatusOr<std::shared_ptr<Session>> session = Caller(*context, request->session_id());
  if (!session.ok()) return Answer(context, session.status());
  ResourceSpec spec;
  spec.resource = request->resource();
  spec.resource_type = request->resource_type();
  spec.module = request->module();
  spec.properties = request->properties();
  spec.open_flags = request->open_flags();
  const absl::StatusOr<ResourceView> view = parts_.engine->OpenResource(std::move(spec), (*session)->id(), *session);
  if (!view.ok()) return Answer(context, view.status());
  response->set_state(view->state);
  if (view->health.has_value()) response->set_health(*view->health);
  response->set_locked(view->locked);
  AfterFaultPoint(FaultPoint::kBridgeResourceOpen);
  return Answer(context, absl::OkStatus());
}

grpc::ServerUnaryReactor* BridgeService::CloseResource(grpc::CallbackServerContext* context,
                                                       const v1::CloseResourceRequest* request,
                                                       v1::CloseResourceResponse* response) {
  if (absl::Status status = BeforeFaultPoint(FaultPoint::kBridgeResourceClose); !status.ok()) {
    return Answer(context, status);
  }
  const absl::StatusOr<std::shared_ptr<Session>> session = Caller(*context, request->session_id());
  if (!session.ok()) return Answer(context, session.status());
  if (absl::Status status = CheckResourceName(request->resource()); !status.ok()) return Answer(context, status);
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  parts_.engine->CloseResource(request->resource(), (*session)->id(), [reactor] {
    AfterFaultPoint(FaultPoint::kBridgeResourceClose);
    reactor->Finish(grpc::Status::OK);
  });
  return reactor;
}

grpc::ServerUnaryReactor* BridgeService::StartOperation(grpc::CallbackServerContext* context,
                                                        const v1::StartOperationRequest* request,
                                                        v1::StartOperationResponse* response) {
  if (absl::Status status = BeforeFaultPoint(FaultPoint::kBridgeOperationStart); !status.ok()) {
    return Answer(context, status);
  }
  if (absl::Status status = Check(*request, parts_.max_in_buffer_bytes); !status.ok()) return Answer(context, status);
  const absl::StatusOr<std::shared_ptr<Session>> session = Caller(*context, request->session_id());
  if (!session.ok()) return Answer(context, session.status());
  const absl::StatusOr<OperationEngine::OpenResourceView> open = OpenIn(**session, request->operation().resource());
  if (!open.ok()) return Answer(context, open.status());
  // gRPC made the message for this call and nobody reads it again: its InBuffer need not be copied to outlive the call.
  auto operation = std::make_shared<v1::OperationRequest>();
  operation->Swap(const_cast<v1::StartOperationRequest*>(request)->mutable_operation());
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  parts_.engine->Start(std::move(operation), request->last_sequence(), (*session)->stream_listener(),
                       [reactor, response](const absl::StatusOr<std::vector<v1::Event>>& events) {
                         absl::Status status = BeforeFaultPoint(FaultPoint::kBridgeOperationAnswer);
                         if (status.ok()) status = events.status();
                         if (status.ok()) response->mutable_events()->Add(events->begin(), events->end());
                         reactor->Finish(ToGrpc(status));
                         AfterFaultPoint(FaultPoint::kBridgeOperationAnswer);
                       });
  return reactor;
}

grpc::ServerUnaryReactor* BridgeService::CancelOperation(grpc::CallbackServerContext* context,
                                                         const v1::CancelOperationRequest* request,
                                                         v1::CancelOperationResponse* response) {
  if (absl::Status status = BeforeFaultPoint(FaultPoint::kBridgeCancel); !status.ok()) {
    return Answer(context, status);
  }
  if (absl::Status status = Check(*request); !status.ok()) return Answer(context, status);
  const absl::StatusOr<std::shared_ptr<Session>> session = Caller(*context, request->session_id());
  if (!session.ok()) return Answer(context, session.status());
  const absl::Status cancelled = parts_.engine->Cancel(request->operation_id(), request->flags());
  AfterFaultPoint(FaultPoint::kBridgeCancel);
  return Answer(context, cancelled);
}

grpc::ServerUnaryReactor* BridgeService::TerminateResource(grpc::CallbackServerContext* context,
                                                           const v1::TerminateResourceRequest* request,
                                                           v1::TerminateResourceResponse* response) {
  if (absl::Status status = BeforeFaultPoint(FaultPoint::kBridgeTerminate); !status.ok()) {
    return Answer(context, status);
  }
  if (absl::Status status = Check(*request); !status.ok()) return Answer(context, status);
  const absl::StatusOr<std::shared_ptr<Session>> session = Caller(*context, request->session_id());
  if (!session.ok()) return Answer(context, session.status());
  const absl::StatusOr<OperationEngine::OpenResourceView> open = OpenIn(**session, request->resource());
  if (!open.ok()) return Answer(context, open.status());
  if (!request->operation_id().empty()) {
    LogInfo(LogOp(request->operation_id()), " RHS gave up on it: ", request->reason());
  }
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  parts_.engine->Terminate(request->resource(), request->reason(), [reactor] {
    AfterFaultPoint(FaultPoint::kBridgeTerminate);
    reactor->Finish(grpc::Status::OK);
  });
  return reactor;
}

grpc::ServerUnaryReactor* BridgeService::CheckHealth(grpc::CallbackServerContext* context,
                                                     const v1::CheckHealthRequest* request,
                                                     v1::CheckHealthResponse* response) {
  const absl::StatusOr<std::shared_ptr<Session>> session = Caller(*context, request->session_id());
  if (!session.ok()) return Answer(context, session.status());
  const absl::StatusOr<OperationEngine::OpenResourceView> open = OpenIn(**session, request->resource());
  if (!open.ok()) return Answer(context, open.status());
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  parts_.gateway->CheckHealth(open->module, request->resource(), request->thorough(),
                              [reactor, response](absl::StatusOr<v1::ModuleCheckHealthResponse> answer) {
                                if (!answer.ok()) {
                                  reactor->Finish(ToGrpc(AsSeenByBridge(answer.status())));
                                  return;
                                }
                                if (answer->health() != v1::ALIVE && answer->health() != v1::DEAD) {
                                  reactor->Finish(ToGrpc(absl::UnavailableError("the module's `health` is not known")));
                                  return;
                                }
                                response->set_health(answer->health());
                                response->set_message(CutText(std::move(*answer->mutable_message()), kMaxMessageBytes));
                                reactor->Finish(grpc::Status::OK);
                              });
  return reactor;
}

void BridgeService::Control(const std::string& module, v1::ModuleControlRequest control, v1::ControlResponse* response,
                            grpc::ServerUnaryReactor* reactor) {
  const uint32_t capacity = std::min(control.control().out_capacity(), kMaxOutBytes);
  control.mutable_control()->set_out_capacity(capacity);
  parts_.gateway->Control(module, std::move(control),
                          [reactor, response, capacity](absl::StatusOr<v1::ControlResponse> answer) {
                            absl::Status status = AsSeenByBridge(answer.status());
                            if (status.ok()) status = CheckAnswer(*answer, capacity);
                            if (status.ok()) response->Swap(&*answer);
                            reactor->Finish(ToGrpc(status));
                          });
}

grpc::ServerUnaryReactor* BridgeService::ControlResource(grpc::CallbackServerContext* context,
                                                         const v1::ControlResourceRequest* request,
                                                         v1::ControlResponse* response) {
  if (absl::Status status = CheckControl(request->control(), parts_.max_in_buffer_bytes); !status.ok()) {
    return Answer(context, status);
  }
  const absl::StatusOr<std::shared_ptr<Session>> session = Caller(*context, request->session_id());
  if (!session.ok()) return Answer(context, session.status());
  const absl::StatusOr<OperationEngine::OpenResourceView> open = OpenIn(**session, request->resource());
  if (!open.ok()) return Answer(context, open.status());
  v1::ModuleControlRequest control;
  control.set_resource(request->resource());
  control.set_resource_type(open->resource_type);
  *control.mutable_control() = request->control();
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  Control(open->module, std::move(control), response, reactor);
  return reactor;
}

grpc::ServerUnaryReactor* BridgeService::ControlResourceType(grpc::CallbackServerContext* context,
                                                             const v1::ControlResourceTypeRequest* request,
                                                             v1::ControlResponse* response) {
  absl::Status status = CheckControl(request->control(), parts_.max_in_buffer_bytes);
  if (status.ok()) status = CheckResourceType("resource_type", request->resource_type());
  if (!status.ok()) return Answer(context, status);
  const absl::StatusOr<std::shared_ptr<Session>> session = Caller(*context, request->session_id());
  if (!session.ok()) return Answer(context, session.status());
  // A type is not one module's: each resource of it names its own. So all there is to say is RHS's default.
  response->set_win32_code(1);
  return Answer(context, absl::OkStatus());
}

grpc::ServerUnaryReactor* BridgeService::ReportUsage(grpc::CallbackServerContext* context,
                                                     const v1::ReportUsageRequest* request,
                                                     v1::ReportUsageResponse* response) {
  if (absl::Status status = Check(*request); !status.ok()) return Answer(context, status);
  const absl::StatusOr<std::shared_ptr<Session>> session = Caller(*context, request->session_id());
  if (!session.ok()) return Answer(context, session.status());
  if (parts_.entry_points != nullptr) parts_.entry_points->Add(*request);
  return Answer(context, absl::OkStatus());
}

}  // namespace resource_broker::broker
