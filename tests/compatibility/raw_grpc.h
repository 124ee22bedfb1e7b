// gRPC calls as bytes: nothing here knows what they mean.
#pragma once

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/server.h>

#include <deque>
#include <functional>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "ipc/listener.h"

namespace resource_broker::compatibility {

// Makes one call and waits for its end; `on_answer` gets each message of the answer, on this thread.
grpc::Status CallRaw(const std::shared_ptr<grpc::Channel>& channel, grpc::ClientContext* context,
                     const std::string& method, const std::string& request,
                     const std::function<void(std::string answer)>& on_answer);

// A call that has come in. Any thread.
class RawCall : public grpc::ServerGenericBidiReactor, public std::enable_shared_from_this<RawCall> {
 public:
  using Handler = std::function<void(const std::shared_ptr<RawCall>& call, const std::string& request)>;

  RawCall(std::string method, const Handler* handler) : method_(std::move(method)), handler_(handler) {}
  static RawCall* Begin(std::string method, const Handler* handler);

  // "/package.Service/Method".
  const std::string& method() const { return method_; }

  void Answer(std::string message);
  // After the answers given before.
  void End(grpc::Status status);

  void OnReadDone(bool ok) override;
  void OnWriteDone(bool ok) override;
  void OnDone() override;

 private:
  void Continue() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const std::string method_;
  const Handler* const handler_;
  // Until OnDone.
  std::shared_ptr<RawCall> self_;
  grpc::ByteBuffer request_;
  absl::Mutex mutex_;
  bool writing_ ABSL_GUARDED_BY(mutex_) = false;
  bool finished_ ABSL_GUARDED_BY(mutex_) = false;
  grpc::ByteBuffer written_ ABSL_GUARDED_BY(mutex_);
  std::deque<std::string> answers_ ABSL_GUARDED_BY(mutex_);
  std::unique_ptr<grpc::Status> end_ ABSL_GUARDED_BY(mutex_);
};

// Serves every method there is at an address. Serves until the process ends.
class RawServer : public grpc::CallbackGenericService {
 public:
  static absl::StatusOr<std::unique_ptr<RawServer>> Start(const std::string& address, RawCall::Handler handler);

  grpc::ServerGenericBidiReactor* CreateReactor(grpc::GenericCallbackServerContext* context) override;

 private:
  explicit RawServer(RawCall::Handler handler) : handler_(std::move(handler)) {}

  const RawCall::Handler handler_;
  std::unique_ptr<ipc::Listener> listener_;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace resource_broker::compatibility
