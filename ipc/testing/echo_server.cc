#include "ipc/testing/echo_server.h"

#include <functional>
#include <utility>

#include "ipc/testing/process.h"

namespace resource_broker::ipc::testing {
namespace {

// More than any test sends.
constexpr int kMaxMessageBytes = 16 << 20;

void Answer(const grpc::ServerContextBase& context, const EchoMessage& request, EchoMessage* answer) {
  answer->set_payload(request.payload());
  const std::optional<PeerIdentity> caller = CallerOf(context);
  answer->set_caller(caller ? caller->ToString() : "");
  answer->set_server_process_id(OwnProcessId());
}

class Chatting : public grpc::ServerBidiReactor<EchoMessage, EchoMessage> {
 public:
  explicit Chatting(grpc::CallbackServerContext* context) : context_(context) { StartRead(&request_); }

  void OnReadDone(bool ok) override {
    if (!ok) return Finish(grpc::Status::OK);
    Answer(*context_, request_, &answer_);
    StartWrite(&answer_);
  }
  void OnWriteDone(bool ok) override {
    if (!ok) return Finish(grpc::Status::CANCELLED);
    StartRead(&request_);
  }
  void OnDone() override { delete this; }

 private:
  grpc::CallbackServerContext* const context_;
  EchoMessage request_;
  EchoMessage answer_;
};

class Hanging : public grpc::ServerWriteReactor<EchoMessage> {
 public:
  Hanging(grpc::CallbackServerContext* context, const EchoMessage& request, std::function<void()> on_cancel)
      : on_cancel_(std::move(on_cancel)) {
    Answer(*context, request, &answer_);
    StartWrite(&answer_);
  }
  void OnCancel() override {
    on_cancel_();
    Finish(grpc::Status::CANCELLED);
  }
  void OnDone() override { delete this; }

 private:
  const std::function<void()> on_cancel_;
  EchoMessage answer_;
};

}  // namespace

grpc::ServerUnaryReactor* EchoService::Unary(grpc::CallbackServerContext* context, const EchoMessage* request,
                                             EchoMessage* answer) {
  Answer(*context, *request, answer);
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  reactor->Finish(grpc::Status::OK);
  return reactor;
}

grpc::ServerBidiReactor<EchoMessage, EchoMessage>* EchoService::Chat(grpc::CallbackServerContext* context) {
  return new Chatting(context);
}

grpc::ServerWriteReactor<EchoMessage>* EchoService::Hang(grpc::CallbackServerContext* context,
                                                         const EchoMessage* request) {
  return new Hanging(context, *request, [this] {
    absl::MutexLock lock(&mutex_);
    ++cancelled_;
  });
}

bool EchoService::WaitForCancelled(int count) const {
  const auto enough = [this, count]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return cancelled_ >= count; };
  absl::MutexLock lock(&mutex_);
  return mutex_.AwaitWithTimeout(absl::Condition(&enough), absl::Seconds(20));
}

EchoServer::EchoServer(const std::string& address, const ListenOptions& options) {
  grpc::ServerBuilder builder;
  builder.RegisterService(&service_);
  builder.SetMaxReceiveMessageSize(kMaxMessageBytes);
  auto listener = Listener::Add(&builder, address, options);
  if (!listener.ok()) {
    status_ = listener.status();
    return;
  }
  listener_ = *std::move(listener);
  server_ = builder.BuildAndStart();
  if (server_ == nullptr) {
    status_ = absl::InternalError("BuildAndStart failed");
    return;
  }
  status_ = listener_->Start();
}

EchoServer::~EchoServer() { Stop(); }

std::chrono::milliseconds EchoServer::Stop(std::chrono::milliseconds deadline) {
  const auto begin = std::chrono::steady_clock::now();
  if (listener_ != nullptr) listener_->Stop();
  if (server_ != nullptr) {
    server_->Shutdown(std::chrono::system_clock::now() + deadline);
    server_.reset();
  }
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begin);
}

}  // namespace resource_broker::ipc::testing
