// An admin service with operations made up by a test.
#pragma once

#include <list>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "grpcpp/grpcpp.h"
#include "resource_broker/v1/admin.grpc.pb.h"

namespace resource_broker::brokerctl {

class FakeAdmin : public v1::Admin::CallbackService {
 public:
  // Before the first call.
  v1::GetStatusResponse* mutable_status() { return &status_; }
  // Answers FAILED_PRECONDITION to every offer.
  void RefuseVersions() { refuse_versions_ = true; }
  // Never answers GetStatus and ListResources.
  void Hang() { hang_ = true; }

  // In the order they are added, the newest last.
  void AddOperation(const v1::OperationRecord& record);
  // Appends to a known operation, and tells the watchers.
  void AddEvent(const std::string& operation_id, const v1::Event& event);
  // Returns when a watch has begun, or false after ten seconds.
  bool AwaitWatcher();

  // Answers to ListOperations so far.
  int pages() const;

 private:
  class Watcher;

  grpc::ServerUnaryReactor* GetStatus(grpc::CallbackServerContext* context, const v1::GetStatusRequest* request,
                                      v1::GetStatusResponse* response) override;
  grpc::ServerUnaryReactor* ListResources(grpc::CallbackServerContext* context, const v1::ListResourcesRequest* request,
                                          v1::ListResourcesResponse* response) override;
  grpc::ServerUnaryReactor* GetResource(grpc::CallbackServerContext* context, const v1::GetResourceRequest* request,
                                        v1::GetResourceResponse* response) override;
  grpc::ServerUnaryReactor* SetResourceLock(grpc::CallbackServerContext* context,
                                            const v1::SetResourceLockRequest* request,
                                            v1::SetResourceLockResponse* response) override;
  grpc::ServerUnaryReactor* CancelOperation(grpc::CallbackServerContext* context,
                                            const v1::AdminCancelOperationRequest* request,
                                            v1::AdminCancelOperationResponse* response) override;
  grpc::ServerUnaryReactor* ListOperations(grpc::CallbackServerContext* context,
                                           const v1::ListOperationsRequest* request,
                                           v1::ListOperationsResponse* response) override;
  grpc::ServerUnaryReactor* GetOperation(grpc::CallbackServerContext* context, const v1::GetOperationRequest* request,
                                         v1::OperationRecord* response) override;
  grpc::ServerWriteReactor<v1::WatchedEvent>* WatchOperations(grpc::CallbackServerContext* context,
                                                              const v1::WatchOperationsRequest* request) override;

  v1::GetStatusResponse status_;
  bool refuse_versions_ = false;
  bool hang_ = false;

  mutable absl::Mutex mutex_;
  std::vector<v1::OperationRecord> operations_ ABSL_GUARDED_BY(mutex_);
  std::list<Watcher*> watchers_ ABSL_GUARDED_BY(mutex_);
  int pages_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace resource_broker::brokerctl
