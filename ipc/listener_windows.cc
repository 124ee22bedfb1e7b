#include "ipc/grpc_internals_windows.h"
// Before the system's headers.
#include <grpc/support/alloc.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server_builder.h>

#include <cstdlib>
#include <functional>
#include <memory>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "ipc/identity_windows.h"
#include "ipc/listener.h"
#include "ipc/options.h"
#include "ipc/peer_text.h"
#include "ipc/pipe_acceptor_windows.h"
#include "ipc/pipe_endpoint_windows.h"
#include "ipc/pipe_name_windows.h"
#include "ipc/security_windows.h"
#include "src/core/ext/transport/chttp2/transport/chttp2_transport.h"
#include "src/core/lib/iomgr/endpoint.h"
#include "src/core/lib/surface/server.h"
#include "src/core/lib/transport/transport.h"

namespace resource_broker::ipc {
namespace {

// Longer than the system takes to let go of an instance, and within what Listener::Stop promises.
constexpr std::chrono::milliseconds kStopTimeout{1900};

// The way from the acceptor, which lives as long as the listener, to the server, which lives as long as gRPC wants.
class ServerDoor {
 public:
  ServerDoor(std::string address, std::function<size_t(size_t)> tap)
      : address_(std::move(address)), tap_(std::move(tap)) {}

  void Open(grpc_core::Server* server) {
    absl::MutexLock lock(&mutex_);
    server_ = server;
  }

  bool is_open() const {
    absl::MutexLock lock(&mutex_);
    return server_ != nullptr;
  }

  void SetOnClosed(grpc_closure* on_closed) {
    absl::MutexLock lock(&mutex_);
    on_closed_ = on_closed;
  }

  // The server is told when no connection is on its way in any more: until then it stays.
  void Close() {
    absl::MutexLock lock(&mutex_);
    server_ = nullptr;
    closed_ = true;
    TellIfClosed();
  }

  // Makes the pipe a connection of the server, or drops it if the server is gone.
  void Enter(AcceptedPipe accepted) {
    grpc_core::Server* server;
    {
      absl::MutexLock lock(&mutex_);
      if (server_ == nullptr) return;
      server = server_;
      ++entering_;
    }
    GrpcScope scope;
    Serve(server, std::move(accepted));
    absl::MutexLock lock(&mutex_);
    --entering_;
    TellIfClosed();
  }

 private:
  void Serve(grpc_core::Server* server, AcceptedPipe accepted) const {
    if (tap_ && tap_(accepted.first_bytes.size()) < accepted.first_bytes.size()) return;
    const grpc_core::ChannelArgs& arguments = server->channel_args();
    grpc_endpoint* const endpoint =
        NewPipeEndpoint(std::move(accepted.pipe), PeerText(accepted.peer), address_, std::move(accepted.slot), tap_);
    grpc_transport* const transport = grpc_create_chttp2_transport(arguments, endpoint, /*is_client=*/false);
    const grpc_error_handle error = server->SetupTransport(transport, /*accepting_pollset=*/nullptr, arguments,
                                                           grpc_chttp2_transport_get_socket_node(transport));
    if (!error.ok()) return grpc_transport_destroy(transport);
    // Freed by the transport.
    auto* const first_bytes = static_cast<grpc_slice_buffer*>(gpr_malloc(sizeof(grpc_slice_buffer)));
    grpc_slice_buffer_init(first_bytes);
    grpc_slice_buffer_add(first_bytes,
                          grpc_slice_from_copied_buffer(accepted.first_bytes.data(), accepted.first_bytes.size()));
    grpc_chttp2_transport_start_reading(transport, first_bytes, nullptr, nullptr);
  }

  void TellIfClosed() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (!closed_ || entering_ != 0 || on_closed_ == nullptr) return;
    grpc_core::ExecCtx::Run(DEBUG_LOCATION, std::exchange(on_closed_, nullptr), absl::OkStatus());
  }

  const std::string address_;
  const std::function<size_t(size_t)> tap_;
  mutable absl::Mutex mutex_;
  // Valid from Open to Close, and as long as something is entering.
  grpc_core::Server* server_ ABSL_GUARDED_BY(mutex_) = nullptr;
  int entering_ ABSL_GUARDED_BY(mutex_) = 0;
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
  grpc_closure* on_closed_ ABSL_GUARDED_BY(mutex_) = nullptr;
};

// The server's part of the listener: with it the door follows the server's life.
class ServerPort : public grpc_core::Server::ListenerInterface {
 public:
  explicit ServerPort(std::shared_ptr<ServerDoor> door) : door_(std::move(door)) {}

  void Start(grpc_core::Server* server, const std::vector<grpc_pollset*>*) override { door_->Open(server); }
  grpc_core::channelz::ListenSocketNode* channelz_listen_socket_node() const override { return nullptr; }
  void SetOnDestroyDone(grpc_closure* on_destroy_done) override { door_->SetOnClosed(on_destroy_done); }
  void Orphan() override {
    const std::unique_ptr<ServerPort> self(this);
    door_->Close();
  }

 private:
  const std::shared_ptr<ServerDoor> door_;
};

// A builder asks credentials to add a port; these add one that is none of TCP's.
class PipeServerCredentials : public grpc::ServerCredentials {
 public:
  explicit PipeServerCredentials(std::shared_ptr<ServerDoor> door) : door_(std::move(door)) {}

  // Only for credentials that authenticate calls one by one.
  void SetAuthMetadataProcessor(const std::shared_ptr<grpc::AuthMetadataProcessor>&) override { std::abort(); }

 private:
  int AddPortToServer(const std::string&, grpc_server* server) override {
    grpc_core::ExecCtx scope;
    grpc_core::Server::FromC(server)->AddListener(grpc_core::MakeOrphanable<ServerPort>(door_));
    // Any number but 0, which would be a failure.
    return 1;
  }

  const std::shared_ptr<ServerDoor> door_;
};

class PipeListener : public Listener {
 public:
  PipeListener(std::string address, std::wstring name, ListenOptions options, std::shared_ptr<ServerDoor> door)
      : address_(std::move(address)), name_(std::move(name)), options_(std::move(options)), door_(std::move(door)) {}
  ~PipeListener() override { PipeListener::Stop(); }

  absl::Status Start() override {
    if (acceptor_ != nullptr) {
      return absl::FailedPreconditionError(absl::StrCat("listening on ", address_, " already"));
    }
    if (!door_->is_open()) {
      return absl::FailedPreconditionError(absl::StrCat("the server of ", address_, " is not running"));
    }
    PipeAcceptor::Options options;
    options.authorize = options_.authorize;
    options.on_dropped = options_.on_dropped;
    options.security_descriptor = options_.security_descriptor;
    options.max_connections = options_.max_connections;
    options.pending_instances = options_.pending_instances;
    options.first_byte_timeout = options_.first_byte_timeout;
    options.bind_timeout = options_.bind_timeout;
    auto acceptor = std::make_shared<PipeAcceptor>(
        name_, std::move(options), [door = door_](AcceptedPipe accepted) { door->Enter(std::move(accepted)); });
    if (absl::Status status = acceptor->Start(); !status.ok()) {
      return absl::Status(status.code(), absl::StrCat("can't listen on ", address_, ": ", status.message()));
    }
    acceptor_ = std::move(acceptor);
    return absl::OkStatus();
  }

  void Stop() override {
    const auto acceptor = std::move(acceptor_);
    if (acceptor != nullptr) acceptor->Stop(kStopTimeout);
  }

  const std::string& address() const override { return address_; }

 private:
  const std::string address_;
  const std::wstring name_;
  const ListenOptions options_;
  const std::shared_ptr<ServerDoor> door_;
  // Listening while it is there.
  std::shared_ptr<PipeAcceptor> acceptor_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Listener>> Listener::Add(grpc::ServerBuilder* builder, const std::string& address,
                                                        ListenOptions options) {
  absl::StatusOr<std::wstring> name = PipeName(address);
  if (!name.ok()) return name.status();
  if (absl::Status status = Complete(&options); !status.ok()) return status;
  if (options.security_descriptor.empty()) {
    const absl::StatusOr<PeerIdentity> self = OwnIdentity();
    if (!self.ok()) return self.status();
    options.security_descriptor = DefaultDescriptor(self->account);
  }
  auto door = std::make_shared<ServerDoor>(address, options.tap);
  builder->AddListeningPort(address, std::make_shared<PipeServerCredentials>(door));
  return std::make_unique<PipeListener>(address, *std::move(name), std::move(options), std::move(door));
}

}  // namespace resource_broker::ipc
