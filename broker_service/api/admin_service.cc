#include "broker_service/api/admin_service.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "broker_service/api/answer.h"
#include "broker_service/api/operation_replay.h"
#include "broker_service/api/validation.h"

namespace resource_broker::broker {
namespace {

constexpr uint32_t kDefaultPageSize = 100;
// Of one resource there are seldom more than two.
constexpr uint32_t kMaxPendingShown = 1000;

// How a resource is locked by administrators, for the audit log.
std::string LockOf(const std::optional<v1::ResourceStatus>& resource) {
  if (!resource.has_value()) return std::string();
  return resource->locked_by_administrator() ? absl::StrCat("locked: ", resource->lock_reason()) : "unlocked";
}

}  // namespace

AdminService::AdminService(AdminServiceParts parts)
    : parts_(std::move(parts)), started_unix_us_(parts_.clock->WallMicros()), started_at_(parts_.clock->Monotonic()) {}

grpc::ServerUnaryReactor* AdminService::GetStatus(grpc::CallbackServerContext* context,
                                                  const v1::GetStatusRequest* request,
                                                  v1::GetStatusResponse* response) {
  const absl::StatusOr<Caller> caller = parts_.door->Admit(*context, "Admin.GetStatus");
  if (!caller.ok()) return Answer(context, caller.status());
  if (!request->has_offer()) return Answer(context, absl::InvalidArgumentError("offer: is missing"));
  if (absl::Status status = CheckOffer(request->offer()); !status.ok()) return Answer(context, status);
  absl::StatusOr<v1::ProtocolChoice> choice = Negotiate(request->offer());
  if (!choice.ok()) return Answer(context, choice.status());
  *response->mutable_choice() = *std::move(choice);
  FillStatus(*request, response);
  return Answer(context, absl::OkStatus());
}

void AdminService::FillStatus(const v1::GetStatusRequest& request, v1::GetStatusResponse* response) {
  response->set_component(absl::StrCat("resource_broker ", RESOURCE_BROKER_VERSION));
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
  if (!request.without_resources()) {
    for (v1::ResourceStatus& resource : parts_.engine->Resources()) *response->add_resources() = std::move(resource);
  }
  response->set_resources_known(parts_.engine->CountResources().known);
  for (v1::ModuleStatus& module : parts_.modules->Status()) *response->add_modules() = std::move(module);
  const PauseRecord pause = parts_.engine->Pause();
  response->set_queue_paused(pause.paused);
  response->set_pause_reason(pause.reason);
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
}

grpc::ServerUnaryReactor* AdminService::ListResources(grpc::CallbackServerContext* context,
                                                      const v1::ListResourcesRequest* request,
                                                      v1::ListResourcesResponse* response) {
  const absl::StatusOr<Caller> caller = parts_.door->Admit(*context, "Admin.ListResources");
  if (!caller.ok()) return Answer(context, caller.status());
  if (absl::Status status = Check(*request); !status.ok()) return Answer(context, status);
  const uint32_t page_size = request->page_size() == 0 ? kDefaultPageSize : request->page_size();
  ResourceFilter filter;
  filter.after = request->page_token();
  filter.module = request->module();
  for (const int state : request->states()) filter.states.insert(static_cast<v1::ResourceState>(state));
  filter.locked_only = request->locked_only();
  filter.limit = page_size + 1;
  for (v1::ResourceStatus& resource : parts_.engine->Resources(filter)) {
    if (static_cast<uint32_t>(response->resources_size()) == page_size) {
      response->set_next_page_token(response->resources().rbegin()->resource());
      break;
    }
    *response->add_resources() = std::move(resource);
  }
  return Answer(context, absl::OkStatus());
}

grpc::ServerUnaryReactor* AdminService::GetResource(grpc::CallbackServerContext* context,
                                                    const v1::GetResourceRequest* request,
                                                    v1::GetResourceResponse* response) {
  const absl::StatusOr<Caller> caller = parts_.door->Admit(*context, "Admin.GetResource");
  if (!caller.ok()) return Answer(context, caller.status());
  if (absl::Status status = CheckResourceName(request->resource()); !status.ok()) return Answer(context, status);
  std::optional<v1::ResourceStatus> resource = parts_.engine->FindKnown(request->resource());
  if (!resource.has_value()) {
    return Answer(context, absl::NotFoundError(
                               absl::StrCat("resource: \"", request->resource(), "\" is not known to this broker")));
  }
  *response->mutable_resource() = *std::move(resource);
  return Answer(context, FillOperations(request->resource(), response));
}

absl::Status AdminService::FillOperations(const std::string& resource, v1::GetResourceResponse* response) {
  v1::ListOperationsRequest list;
  list.set_resource(resource);
  list.set_pending_only(true);
  list.set_page_size(kMaxPendingShown);
  absl::StatusOr<v1::ListOperationsResponse> page = parts_.journal->List(list);
  if (!page.ok()) return page.status();
  std::reverse(page->mutable_operations()->begin(), page->mutable_operations()->end());
  response->mutable_operations()->Swap(page->mutable_operations());
  list.set_pending_only(false);
  list.set_page_size(1);
  for (const v1::EventKind kind : {v1::SUCCEEDED, v1::FAILED, v1::CANCELLED, v1::TERMINATED, v1::REFUSED}) {
    list.add_last_events(kind);
  }
  page = parts_.journal->List(list);
  if (!page.ok()) return page.status();
  for (v1::OperationRecord& newest : *page->mutable_operations()) *response->add_operations() = std::move(newest);
  return absl::OkStatus();
}

grpc::ServerUnaryReactor* AdminService::CancelOperation(grpc::CallbackServerContext* context,
                                                        const v1::AdminCancelOperationRequest* request,
                                                        v1::AdminCancelOperationResponse* response) {
  const absl::StatusOr<Caller> caller = parts_.door->Admit(*context, "Admin.CancelOperation");
  if (!caller.ok()) return Answer(context, caller.status());
  absl::Status status = Check(*request);
  if (status.ok()) status = parts_.engine->Cancel(request->operation_id(), 0);
  parts_.door->Record(*caller, "Admin.CancelOperation",
                      ChangeOf(absl::StrCat("operation ", Hex(request->operation_id().substr(0, kIdBytes))), "",
                               absl::StrCat("cancel requested: ", request->reason())),
                      status);
  return Answer(context, status);
}

grpc::ServerUnaryReactor* AdminService::ListOperations(grpc::CallbackServerContext* context,
                                                       const v1::ListOperationsRequest* request,
                                                       v1::ListOperationsResponse* response) {
  const absl::StatusOr<Caller> caller = parts_.door->Admit(*context, "Admin.ListOperations");
  if (!caller.ok()) return Answer(context, caller.status());
  if (absl::Status status = Check(*request); !status.ok()) return Answer(context, status);
  absl::StatusOr<v1::ListOperationsResponse> page = parts_.journal->List(*request);
  if (page.ok()) response->Swap(&*page);
  return Answer(context, page.status());
}

grpc::ServerUnaryReactor* AdminService::GetOperation(grpc::CallbackServerContext* context,
                                                     const v1::GetOperationRequest* request,
                                                     v1::OperationRecord* response) {
  const absl::StatusOr<Caller> caller = parts_.door->Admit(*context, "Admin.GetOperation");
  if (!caller.ok()) return Answer(context, caller.status());
  if (absl::Status status = CheckId("operation_id", request->operation_id()); !status.ok()) {
    return Answer(context, status);
  }
  absl::StatusOr<v1::OperationRecord> record = parts_.journal->Find(request->operation_id());
  if (record.ok()) response->Swap(&*record);
  return Answer(context, record.status());
}

grpc::ServerWriteReactor<v1::WatchedEvent>* AdminService::WatchOperations(grpc::CallbackServerContext* context,
                                                                          const v1::WatchOperationsRequest* request) {
  const absl::StatusOr<Caller> caller = parts_.door->Admit(*context, "Admin.WatchOperations");
  // The stream holds its watcher, by the function called at its end; the watcher only looks at the stream.
  const auto holder = std::make_shared<std::shared_ptr<OperationWatcher>>();
  const auto stream =
      WatchStream::Make(context, parts_.stream, parts_.timers, [holder](WatchStream*) { holder->reset(); });
  absl::Status status = caller.ok() ? Check(*request) : caller.status();
  if (status.ok() && request->from_unix_us() != 0) {
    const auto replay =
        std::make_shared<OperationReplay>(parts_.engine, parts_.journal, *request, stream, parts_.stream.max_backlog);
    *holder = replay;
    replay->Begin();
  } else if (status.ok()) {
    *holder = std::make_shared<StreamWatcher>(stream);
    status = parts_.engine->Watch(request->operation_id(), request->resource(), request->from_start(), *holder);
  }
  if (!status.ok()) stream->End(ToGrpc(status));
  return stream.get();
}

grpc::ServerUnaryReactor* AdminService::SetResourceLock(grpc::CallbackServerContext* context,
                                                        const v1::SetResourceLockRequest* request,
                                                        v1::SetResourceLockResponse* response) {
  const absl::StatusOr<Caller> caller = parts_.door->Admit(*context, "Admin.SetResourceLock");
  if (!caller.ok()) return Answer(context, caller.status());
  const Change change =
      ChangeOf(request->resource(), LockOf(parts_.engine->FindKnown(request->resource())),
               request->locked() ? absl::StrCat("locked: ", request->reason()) : std::string("unlocked"));
  if (absl::Status status = Check(*request); !status.ok()) {
    parts_.door->Record(*caller, "Admin.SetResourceLock", change, status);
    return Answer(context, status);
  }
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  parts_.engine->SetAdminLock(request->resource(), request->locked(), request->reason(),
                              [door = parts_.door, caller = *caller, change, reactor](const absl::Status& status) {
                                door->Record(caller, "Admin.SetResourceLock", change, status);
                                reactor->Finish(ToGrpc(status));
                              });
  return reactor;
}

}  // namespace resource_broker::broker
