#include "ipc/grpc_internals_windows.h"
// Before the system's headers.
#include <grpcpp/server_builder.h>

#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "ipc/identity_windows.h"
#include "ipc/listener.h"
#include "ipc/options.h"
#include "ipc/peer_text.h"
#include "ipc/pipe_acceptor_windows.h"
#include "ipc/pipe_name_windows.h"
#include "ipc/security_windows.h"
#include "ipc/server_door_windows.h"

namespace resource_broker::ipc {
namespace {

// Longer than the system takes to let go of an instance, and within what Listener::Stop promises.
constexpr std::chrono::milliseconds kStopTimeout{1900};

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
    auto acceptor = std::make_shared<PipeAcceptor>(name_, std::move(options), [door = door_](AcceptedPipe accepted) {
      door->Enter({std::move(accepted.pipe), std::move(accepted.first_bytes), PeerText(accepted.peer),
                   std::move(accepted.slot)});
    });
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
  std::shared_ptr<ServerDoor> door = ServerDoor::Add(builder, address, options.tap);
  return std::make_unique<PipeListener>(address, *std::move(name), std::move(options), std::move(door));
}

}  // namespace resource_broker::ipc
