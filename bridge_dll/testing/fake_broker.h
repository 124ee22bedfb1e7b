// A broker for tests: the Bridge service, answering as the test says, with every request kept.
#pragma once

#include <grpcpp/server.h>

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "ipc/listener.h"
#include "resource_broker/v1/bridge.grpc.pb.h"

namespace resource_broker::bridge::testing {

// What outlives a broker's process: operations by id with all their events.
using Journal = std::map<std::string, std::vector<v1::Event>>;

// Any thread. Ends like a killed process: connections break, nothing is answered any more.
class FakeBroker final : public v1::Bridge::Service {
 public:
  // Serves from here on; `journal` of a broker that ended before, or an empty one.
  explicit FakeBroker(const std::string& address, Journal journal = {});
  ~FakeBroker() override;

  // Ends it and gives what a new one would find.
  Journal Kill();

  // --- What it shall do; set before the call that it concerns ---
  // Status of StartOperation, before anything else happens; and what runs once it is in the journal.
  std::function<grpc::Status(const v1::StartOperationRequest&)> on_start;
  std::function<void(const v1::OperationRequest&)> on_accepted;
  std::function<grpc::Status(const v1::OpenSessionRequest&, v1::OpenSessionResponse*)> on_session;
  std::function<grpc::Status(const v1::OpenResourceRequest&, v1::OpenResourceResponse*)> on_open;
  std::function<grpc::Status(const v1::CheckHealthRequest&, v1::CheckHealthResponse*)> on_health;
  std::function<grpc::Status(const v1::ControlRequest&, v1::ControlResponse*)> on_control;
  std::function<void(const v1::TerminateResourceRequest&)> on_terminate;
  uint32_t max_in_buffer_bytes = 1 << 20;
  uint32_t version = 1;

  // Appends the operation's next event, and sends it. Gives its sequence.
  uint64_t Emit(const std::string& operation_id, v1::EventKind kind, const std::string& message = "");
  uint64_t End(const std::string& operation_id, v1::EventKind kind, v1::FinalReport report);
  // Sends what is no operation's.
  void Send(v1::SessionEvent event);
  // Ends the Watch, as for a reader that is too slow.
  void BreakWatch();

  // --- What it was asked; each waits until there are `count`, at most 10 s, and gives what there is ---
  std::vector<v1::OpenSessionRequest> sessions(size_t count);
  std::vector<v1::OpenResourceRequest> opened(size_t count);
  std::vector<v1::StartOperationRequest> started(size_t count);
  std::vector<v1::TerminateResourceRequest> terminated(size_t count);
  std::vector<v1::CancelOperationRequest> cancelled(size_t count);
  std::vector<v1::CloseResourceRequest> closed(size_t count);
  // "open r1", "start r1", …: the order of the calls that change something.
  std::vector<std::string> order();

  grpc::Status OpenSession(grpc::ServerContext* context, const v1::OpenSessionRequest* request,
                           v1::OpenSessionResponse* response) override;
  grpc::Status Watch(grpc::ServerContext* context, const v1::WatchRequest* request,
                     grpc::ServerWriter<v1::SessionEvent>* writer) override;
  grpc::Status OpenResource(grpc::ServerContext* context, const v1::OpenResourceRequest* request,
                            v1::OpenResourceResponse* response) override;
  grpc::Status CloseResource(grpc::ServerContext* context, const v1::CloseResourceRequest* request,
                             v1::CloseResourceResponse* response) override;
  grpc::Status StartOperation(grpc::ServerContext* context, const v1::StartOperationRequest* request,
                              v1::StartOperationResponse* response) override;
  grpc::Status CancelOperation(grpc::ServerContext* context, const v1::CancelOperationRequest* request,
                               v1::CancelOperationResponse* response) override;
  grpc::Status TerminateResource(grpc::ServerContext* context, const v1::TerminateResourceRequest* request,
                                 v1::TerminateResourceResponse* response) override;
  grpc::Status CheckHealth(grpc::ServerContext* context, const v1::CheckHealthRequest* request,
                           v1::CheckHealthResponse* response) override;
  grpc::Status ControlResource(grpc::ServerContext* context, const v1::ControlResourceRequest* request,
                               v1::ControlResponse* response) override;
  grpc::Status ControlResourceType(grpc::ServerContext* context, const v1::ControlResourceTypeRequest* request,
                                   v1::ControlResponse* response) override;

 private:
  template <typename T>
  std::vector<T> Await(const std::vector<T>& list, size_t count);
  uint64_t Append(const std::string& operation_id, v1::Event event);

  const std::string instance_;
  absl::Mutex mutex_;
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;
  bool watch_broken_ ABSL_GUARDED_BY(mutex_) = false;
  Journal journal_ ABSL_GUARDED_BY(mutex_);
  std::deque<v1::SessionEvent> outbox_ ABSL_GUARDED_BY(mutex_);
  std::vector<v1::OpenSessionRequest> sessions_ ABSL_GUARDED_BY(mutex_);
  std::vector<v1::OpenResourceRequest> opened_ ABSL_GUARDED_BY(mutex_);
  std::vector<v1::StartOperationRequest> started_ ABSL_GUARDED_BY(mutex_);
  std::vector<v1::TerminateResourceRequest> terminated_ ABSL_GUARDED_BY(mutex_);
  std::vector<v1::CancelOperationRequest> cancelled_ ABSL_GUARDED_BY(mutex_);
  std::vector<v1::CloseResourceRequest> closed_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::string> order_ ABSL_GUARDED_BY(mutex_);

  std::unique_ptr<ipc::Listener> listener_;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace resource_broker::bridge::testing
