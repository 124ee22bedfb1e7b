// A gRPC server with the Echo service on the transport under test.
#pragma once

#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include <chrono>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "ipc/listener.h"
#include "ipc/testing/echo.grpc.pb.h"

namespace resource_broker::ipc::testing {

// Answers with what it gets and who called.
class EchoService : public Echo::CallbackService {
 public:
  grpc::ServerUnaryReactor* Unary(grpc::CallbackServerContext* context, const EchoMessage* request,
                                  EchoMessage* answer) override;
  grpc::ServerBidiReactor<EchoMessage, EchoMessage>* Chat(grpc::CallbackServerContext* context) override;
  grpc::ServerWriteReactor<EchoMessage>* Hang(grpc::CallbackServerContext* context,
                                              const EchoMessage* request) override;

  // Waits until `count` calls of Hang were cancelled; false if that took too long.
  bool WaitForCancelled(int count) const;

 private:
  mutable absl::Mutex mutex_;
  int cancelled_ ABSL_GUARDED_BY(mutex_) = 0;
};

// Serves from the time it is made; ask `status` whether that went well.
class EchoServer {
 public:
  explicit EchoServer(const std::string& address, const ListenOptions& options = {});
  // Stops with the deadline of Stop.
  ~EchoServer();

  const absl::Status& status() const { return status_; }
  Listener* listener() { return listener_.get(); }
  const EchoService& service() const { return service_; }

  // Stops listening, then the server. Returns how long the server took.
  std::chrono::milliseconds Stop(std::chrono::milliseconds deadline = std::chrono::seconds(2));

 private:
  EchoService service_;
  std::unique_ptr<Listener> listener_;
  std::unique_ptr<grpc::Server> server_;
  absl::Status status_;
};

}  // namespace resource_broker::ipc::testing
