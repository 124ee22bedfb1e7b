#include "ipc/server_door_windows.h"

// Before the system's headers.
#include <grpc/support/alloc.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server_builder.h>

#include <cstdlib>
#include <utility>
#include <vector>

#include "ipc/pipe_endpoint_windows.h"
#include "src/core/ext/transport/chttp2/transport/chttp2_transport.h"
#include "src/core/lib/iomgr/endpoint.h"
#include "src/core/lib/transport/transport.h"

namespace resource_broker::ipc {
namespace {

// The server's part of the door: with it the door follows the server's life.
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

}  // namespace

std::shared_ptr<ServerDoor> ServerDoor::Add(grpc::ServerBuilder* builder, std::string address,
                                            std::function<size_t(size_t)> tap) {
  auto door = std::make_shared<ServerDoor>(address, std::move(tap));
  builder->AddListeningPort(address, std::make_shared<PipeServerCredentials>(door));
  return door;
}

ServerDoor::ServerDoor(std::string address, std::function<size_t(size_t)> tap)
    : address_(std::move(address)), tap_(std::move(tap)) {}

void ServerDoor::Open(grpc_core::Server* server) {
  absl::MutexLock lock(&mutex_);
  server_ = server;
}

bool ServerDoor::is_open() const {
  absl::MutexLock lock(&mutex_);
  return server_ != nullptr;
}

void ServerDoor::SetOnClosed(grpc_closure* on_closed) {
  absl::MutexLock lock(&mutex_);
  on_closed_ = on_closed;
}

void ServerDoor::Close() {
  absl::MutexLock lock(&mutex_);
  server_ = nullptr;
  closed_ = true;
  TellIfClosed();
}

void ServerDoor::Enter(EnteringPipe entering) {
  grpc_core::Server* server;
  {
    absl::MutexLock lock(&mutex_);
    if (server_ == nullptr) return;
    server = server_;
    ++entering_;
  }
  GrpcScope scope;
  Serve(server, std::move(entering));
  absl::MutexLock lock(&mutex_);
  --entering_;
  TellIfClosed();
}

void ServerDoor::Serve(grpc_core::Server* server, EnteringPipe entering) const {
  if (tap_ && tap_(entering.first_bytes.size()) < entering.first_bytes.size()) return;
  const grpc_core::ChannelArgs& arguments = server->channel_args();
  grpc_endpoint* const endpoint =
      NewPipeEndpoint(std::move(entering.pipe), std::move(entering.peer), address_, std::move(entering.held), tap_);
  grpc_transport* const transport = grpc_create_chttp2_transport(arguments, endpoint, /*is_client=*/false);
  const grpc_error_handle error = server->SetupTransport(transport, /*accepting_pollset=*/nullptr, arguments,
                                                         grpc_chttp2_transport_get_socket_node(transport));
  if (!error.ok()) return grpc_transport_destroy(transport);
  // Freed by the transport; null where there is nothing.
  grpc_slice_buffer* first_bytes = nullptr;
  if (!entering.first_bytes.empty()) {
    first_bytes = static_cast<grpc_slice_buffer*>(gpr_malloc(sizeof(grpc_slice_buffer)));
    grpc_slice_buffer_init(first_bytes);
    grpc_slice_buffer_add(first_bytes,
                          grpc_slice_from_copied_buffer(entering.first_bytes.data(), entering.first_bytes.size()));
  }
  grpc_chttp2_transport_start_reading(transport, first_bytes, nullptr, nullptr);
}

void ServerDoor::TellIfClosed() {
  if (!closed_ || entering_ != 0 || on_closed_ == nullptr) return;
  grpc_core::ExecCtx::Run(DEBUG_LOCATION, std::exchange(on_closed_, nullptr), absl::OkStatus());
}

}  // namespace resource_broker::ipc
