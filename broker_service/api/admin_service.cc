#include "broker_service/api/admin_service.h"

#include <map>
#include <utility>

#include "absl/status/status.h"
#include "broker_service/api/grpc_status.h"
#include "broker_service/api/validation.h"

namespace resource_broker::broker {
namespace {

grpc::ServerUnaryReactor* Answer(grpc::CallbackServerContext* context, const absl::Status& status) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  reactor->Finish(ToGrpc(status));
  return reactor;
}

using WatchStream = EventStream<v1::WatchedEvent>;

// Passes what the engine tells to one stream. The stream owns it, so it is forgotten with the stream.
class StreamWatcher : public OperationWatcher {
 public:
  explicit StreamWatcher(std::weak_ptr<WatchStream> stream) : stream_(std::move(stream)) {}

  void OnEvent(const v1::OperationRequest& operation, const v1::Event& event, bool history) override {
    const auto stream = stream_.lock();
    if (stream == nullptr) return;
    v1::WatchedEvent watched;
    watched.set_operation_id(operation.id());
    watched.set_resource(operation.resource());
    watched.set_kind(operation.kind());
    *watched.mutable_event() = event;
    if (history) {
      stream->SendHistory(std::move(watched));
    } else {
      stream->Send(std::move(watched));
    }
  }

 private:
  const std::weak_ptr<WatchStream> stream_;
};

}  // namespace

AdminService::AdminService(AdminServiceParts parts)
    : parts_(std::move(parts)), started_unix_us_(parts_.clock->WallMicros()), started_at_(parts_.clock->Monotonic()) {}

grpc::ServerUnaryReactor* AdminService::GetStatus(grpc::CallbackServerContext* context,
                                                  const v1::GetStatusRequest* request,
                                                  v1::GetStatusResponse* response) {
  if (!request->has_offer()) return Answer(context, absl::InvalidArgumentError("offer: is missing"));
  if (absl::Status status = CheckOffer(request->offer()); !status.ok()) return Answer(context, status);
  absl::StatusOr<v1::ProtocolChoice> choice = Negotiate(request->offer());
  if (!choice.ok()) return Answer(context, choice.status());
  *response->mutable_choice() = *std::move(choice);
  response->set_node(parts_.node);
  response->set_process_id(parts_.process_id);
  response->set_started_unix_us(started_unix_us_);
  response->set_uptime_ms(static_cast<uint64_t>(absl::ToInt64Milliseconds(parts_.clock->Monotonic() - started_at_)));
  const std::map<std::string, uint32_t> open = parts_.engine->OpenResourcesBySession();
  for (v1::SessionStatus& session : parts_.sessions->Status()) {
    const auto found = open.find(session.session_id());
    session.set_resources(found == open.end() ? 0 : found->second);
    *response->add_sessions() = std::move(session);
  }
  for (v1::ResourceStatus& resource : parts_.engine->Resources()) *response->add_resources() = std::move(resource);
  for (v1::ModuleStatus& module : parts_.modules->Status()) *response->add_modules() = std::move(module);
  const OperationCounts counts = parts_.engine->Counts();
  response->set_operations_queued(counts.queued);
  response->set_operations_running(counts.running);
  response->set_operations_ended(counts.ended);
  for (const std::string& notice : parts_.notices) response->add_notices(notice);
  if (parts_.current_notices) {
    for (const std::string& notice : parts_.current_notices()) response->add_notices(notice);
  }
  for (const std::string& notice : parts_.modules->Notices()) response->add_notices(notice);
  for (const auto& [name, count] : parts_.slow_steps->Counts()) (*response->mutable_slow_steps())[name] = count;
  return Answer(context, absl::OkStatus());
}

grpc::ServerUnaryReactor* AdminService::ListOperations(grpc::CallbackServerContext* context,
                                                       const v1::ListOperationsRequest* request,
                                                       v1::ListOperationsResponse* response) {
  if (absl::Status status = Check(*request); !status.ok()) return Answer(context, status);
  absl::StatusOr<v1::ListOperationsResponse> page = parts_.journal->List(*request);
  if (page.ok()) response->Swap(&*page);
  return Answer(context, page.status());
}

grpc::ServerUnaryReactor* AdminService::GetOperation(grpc::CallbackServerContext* context,
                                                     const v1::GetOperationRequest* request,
                                                     v1::OperationRecord* response) {
  if (absl::Status status = CheckId("operation_id", request->operation_id()); !status.ok()) {
    return Answer(context, status);
  }
  absl::StatusOr<v1::OperationRecord> record = parts_.journal->Find(request->operation_id());
  if (record.ok()) response->Swap(&*record);
  return Answer(context, record.status());
}

grpc::ServerWriteReactor<v1::WatchedEvent>* AdminService::WatchOperations(grpc::CallbackServerContext* context,
                                                                          const v1::WatchOperationsRequest* request) {
  // The stream holds its watcher, by the function called at its end; the watcher only looks at the stream.
  const auto holder = std::make_shared<std::shared_ptr<OperationWatcher>>();
  const auto stream =
      WatchStream::Make(context, parts_.stream, parts_.timers, [holder](WatchStream*) { holder->reset(); });
  absl::Status status = Check(*request);
  if (status.ok()) {
    *holder = std::make_shared<StreamWatcher>(stream);
    status = parts_.engine->Watch(request->operation_id(), request->resource(), request->from_start(), *holder);
  }
  if (!status.ok()) stream->End(ToGrpc(status));
  return stream.get();
}

grpc::ServerUnaryReactor* AdminService::SetResourceLock(grpc::CallbackServerContext* context,
                                                        const v1::SetResourceLockRequest* request,
                                                        v1::SetResourceLockResponse* response) {
  if (absl::Status status = Check(*request); !status.ok()) return Answer(context, status);
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  parts_.engine->SetAdminLock(request->resource(), request->locked(), request->reason(),
                              [reactor](const absl::Status& status) { reactor->Finish(ToGrpc(status)); });
  return reactor;
}

}  // namespace resource_broker::broker
