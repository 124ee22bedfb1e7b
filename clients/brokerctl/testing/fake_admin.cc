#include "clients/brokerctl/testing/fake_admin.h"

#include <algorithm>
#include <chrono>
#include <deque>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace resource_broker::brokerctl {
namespace {

grpc::ServerUnaryReactor* Reply(grpc::CallbackServerContext* context, const grpc::Status& status) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  reactor->Finish(status);
  return reactor;
}

// Ends with the caller's deadline or the server's shutdown, and not before.
class Silence : public grpc::ServerUnaryReactor {
 public:
  void OnCancel() override { Finish(grpc::Status::CANCELLED); }
  void OnDone() override { delete this; }
};

bool Ended(const v1::OperationRecord& record) {
  return !record.events().empty() && record.events().rbegin()->has_final();
}

bool Fits(const v1::ListOperationsRequest& request, const v1::OperationRecord& record) {
  const auto& last = request.last_events();
  const bool state =
      last.empty() ||
      (!record.events().empty() && std::find(last.begin(), last.end(), record.events().rbegin()->kind()) != last.end());
  return state && !(request.pending_only() && Ended(record)) &&
         (request.resource().empty() || request.resource() == record.operation().resource()) &&
         (request.kind() == 0 || request.kind() == record.operation().kind()) &&
         (request.accepted_from_unix_us() == 0 || record.events(0).time_unix_us() >= request.accepted_from_unix_us());
}

bool Wanted(const v1::WatchOperationsRequest& request, const v1::OperationRequest& operation) {
  return (request.operation_id().empty() || request.operation_id() == operation.id()) &&
         (request.resource().empty() || request.resource() == operation.resource());
}

}  // namespace

// One stream; deletes itself when gRPC is done with it.
class FakeAdmin::Watcher : public grpc::ServerWriteReactor<v1::WatchedEvent> {
 public:
  Watcher(FakeAdmin* admin, v1::WatchOperationsRequest request) : admin_(admin), request_(std::move(request)) {}

  void Send(const v1::OperationRequest& operation, const v1::Event& event) {
    if (!Wanted(request_, operation)) return;
    v1::WatchedEvent watched;
    watched.set_operation_id(operation.id());
    watched.set_resource(operation.resource());
    watched.set_kind(operation.kind());
    *watched.mutable_event() = event;
    absl::MutexLock lock(&mutex_);
    queue_.push_back(std::move(watched));
    if (queue_.size() == 1 && !finished_) StartWrite(&queue_.front());
  }

  void OnWriteDone(bool ok) override {
    absl::MutexLock lock(&mutex_);
    queue_.pop_front();
    if (ok && !queue_.empty() && !finished_) StartWrite(&queue_.front());
  }

  void OnCancel() override {
    absl::MutexLock lock(&mutex_);
    if (!std::exchange(finished_, true)) Finish(grpc::Status::CANCELLED);
  }

  void OnDone() override {
    {
      absl::MutexLock lock(&admin_->mutex_);
      admin_->watchers_.remove(this);
    }
    delete this;
  }

 private:
  FakeAdmin* const admin_;
  const v1::WatchOperationsRequest request_;
  absl::Mutex mutex_;
  std::deque<v1::WatchedEvent> queue_ ABSL_GUARDED_BY(mutex_);
  bool finished_ ABSL_GUARDED_BY(mutex_) = false;
};

void FakeAdmin::AddOperation(const v1::OperationRecord& record) {
  absl::MutexLock lock(&mutex_);
  operations_.push_back(record);
}

void FakeAdmin::AddEvent(const std::string& operation_id, const v1::Event& event) {
  absl::MutexLock lock(&mutex_);
  for (v1::OperationRecord& record : operations_) {
    if (record.operation().id() != operation_id) continue;
    *record.add_events() = event;
    for (Watcher* watcher : watchers_) watcher->Send(record.operation(), event);
  }
}

bool FakeAdmin::AwaitWatcher() {
  const auto watched = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return !watchers_.empty(); };
  absl::MutexLock lock(&mutex_);
  return mutex_.AwaitWithTimeout(absl::Condition(&watched), absl::Seconds(10));
}

int FakeAdmin::pages() const {
  absl::MutexLock lock(&mutex_);
  return pages_;
}

grpc::ServerUnaryReactor* FakeAdmin::GetStatus(grpc::CallbackServerContext* context,
                                               const v1::GetStatusRequest* request, v1::GetStatusResponse* response) {
  if (hang_) return new Silence;
  if (!request->has_offer() || refuse_versions_) {
    return Reply(context, {grpc::StatusCode::FAILED_PRECONDITION, "offered 1 to 1, spoken are 7 to 9"});
  }
  *response = status_;
  return Reply(context, grpc::Status::OK);
}

grpc::ServerUnaryReactor* FakeAdmin::ListResources(grpc::CallbackServerContext* context,
                                                   const v1::ListResourcesRequest* request,
                                                   v1::ListResourcesResponse* response) {
  if (hang_) return new Silence;
  for (const v1::ResourceStatus& resource : status_.resources()) {
    const bool state = request->states().empty() || std::find(request->states().begin(), request->states().end(),
                                                              resource.state()) != request->states().end();
    const bool module = request->module().empty() || request->module() == resource.module();
    if (state && module && (resource.locked() || !request->locked_only())) *response->add_resources() = resource;
  }
  return Reply(context, grpc::Status::OK);
}

grpc::ServerUnaryReactor* FakeAdmin::GetResource(grpc::CallbackServerContext* context,
                                                 const v1::GetResourceRequest* request,
                                                 v1::GetResourceResponse* response) {
  for (const v1::ResourceStatus& resource : status_.resources()) {
    if (resource.resource() != request->resource()) continue;
    *response->mutable_resource() = resource;
    absl::MutexLock lock(&mutex_);
    for (const v1::OperationRecord& record : operations_) {
      if (record.operation().resource() == resource.resource()) *response->add_operations() = record;
    }
    return Reply(context, grpc::Status::OK);
  }
  return Reply(context,
               {grpc::StatusCode::NOT_FOUND, absl::StrCat("resource: \"", request->resource(), "\" is not known")});
}

grpc::ServerUnaryReactor* FakeAdmin::SetResourceLock(grpc::CallbackServerContext* context,
                                                     const v1::SetResourceLockRequest* request,
                                                     v1::SetResourceLockResponse*) {
  for (v1::ResourceStatus& resource : *status_.mutable_resources()) {
    if (resource.resource() != request->resource()) continue;
    resource.set_locked(request->locked());
    resource.set_locked_by_administrator(request->locked());
    resource.set_lock_reason(request->reason());
    return Reply(context, grpc::Status::OK);
  }
  return Reply(context,
               {grpc::StatusCode::NOT_FOUND, absl::StrCat("resource: \"", request->resource(), "\" is not known")});
}

grpc::ServerUnaryReactor* FakeAdmin::CancelOperation(grpc::CallbackServerContext* context,
                                                     const v1::AdminCancelOperationRequest* request,
                                                     v1::AdminCancelOperationResponse*) {
  v1::Event event;
  event.set_kind(v1::CANCEL_REQUESTED);
  event.set_message(request->reason());
  AddEvent(request->operation_id(), event);
  return Reply(context, grpc::Status::OK);
}

grpc::ServerUnaryReactor* FakeAdmin::ListOperations(grpc::CallbackServerContext* context,
                                                    const v1::ListOperationsRequest* request,
                                                    v1::ListOperationsResponse* response) {
  absl::MutexLock lock(&mutex_);
  ++pages_;
  std::vector<const v1::OperationRecord*> wanted;
  for (auto record = operations_.rbegin(); record != operations_.rend(); ++record) {
    if (Fits(*request, *record)) wanted.push_back(&*record);
  }
  size_t first = 0;
  if (!request->page_token().empty() && !absl::SimpleAtoi(request->page_token(), &first)) {
    return Reply(context, {grpc::StatusCode::INVALID_ARGUMENT, "page_token"});
  }
  const size_t end = std::min(wanted.size(), first + request->page_size());
  for (size_t i = first; i < end; ++i) {
    v1::OperationRecord* record = response->add_operations();
    *record->mutable_operation() = wanted[i]->operation();
    if (!wanted[i]->events().empty()) *record->add_events() = *wanted[i]->events().rbegin();
  }
  if (end < wanted.size()) response->set_next_page_token(absl::StrCat(end));
  return Reply(context, grpc::Status::OK);
}

grpc::ServerUnaryReactor* FakeAdmin::GetOperation(grpc::CallbackServerContext* context,
                                                  const v1::GetOperationRequest* request,
                                                  v1::OperationRecord* response) {
  absl::MutexLock lock(&mutex_);
  for (const v1::OperationRecord& record : operations_) {
    if (record.operation().id() != request->operation_id()) continue;
    *response = record;
    return Reply(context, grpc::Status::OK);
  }
  return Reply(context, {grpc::StatusCode::NOT_FOUND, "operation_id: no such operation"});
}

grpc::ServerWriteReactor<v1::WatchedEvent>* FakeAdmin::WatchOperations(grpc::CallbackServerContext* context,
                                                                       const v1::WatchOperationsRequest* request) {
  auto* watcher = new Watcher(this, *request);
  absl::MutexLock lock(&mutex_);
  for (const v1::OperationRecord& record : operations_) {
    if (!request->from_start() || (request->operation_id().empty() && Ended(record))) continue;
    for (const v1::Event& event : record.events()) watcher->Send(record.operation(), event);
  }
  watchers_.push_back(watcher);
  return watcher;
}

}  // namespace resource_broker::brokerctl
