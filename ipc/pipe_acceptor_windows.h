// Accepts the clients of a named pipe and lets through those that may be served.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/notification.h"
#include "ipc/completion_thread_windows.h"
#include "ipc/peer.h"
#include "ipc/security_windows.h"
#include "ipc/unique_handle_windows.h"

namespace resource_broker::ipc {

// A client that passed.
struct AcceptedPipe {
  UniqueHandle pipe;
  // Read from the pipe already.
  std::string first_bytes;
  PeerIdentity peer;
  // Counts as a connection as long as this lives.
  std::shared_ptr<void> slot;
};

// Keeps some instances of the pipe waiting, reads what each client begins with, asks who it is, counts connections, and
// gives those that pass to a server. It works on the completion thread, whichever thread calls it. One use: Start,
// Stop.
class PipeAcceptor : public std::enable_shared_from_this<PipeAcceptor> {
 public:
  struct Options {
    PeerCheck authorize;
    // Told why a client was dropped; may be empty.
    std::function<void(const absl::Status&)> on_dropped;
    // SDDL.
    std::string security_descriptor;
    int max_connections = 1;
    int pending_instances = 1;
    std::chrono::milliseconds first_byte_timeout{1};
    std::chrono::milliseconds bind_timeout{1};
  };
  // Takes a connection; called on the completion thread.
  using Sink = std::function<void(AcceptedPipe)>;

  // `name` as PipeName makes it.
  PipeAcceptor(std::wstring name, Options options, Sink sink);
  ~PipeAcceptor();
  PipeAcceptor(const PipeAcceptor&) = delete;
  PipeAcceptor& operator=(const PipeAcceptor&) = delete;

  // Makes the pipe. Waits while it belongs to somebody else, at most `bind_timeout`: AlreadyExists then,
  // PermissionDenied if there is no such pipe and yet it can't be made, InvalidArgument for a bad descriptor.
  absl::Status Start();

  // Clients that sent too little yet are dropped; connections given away stay. Waits for the system to let go of the
  // waiting instances; false if that took longer than `timeout`.
  bool Stop(std::chrono::milliseconds timeout);

 private:
  class Instance;

  absl::StatusOr<UniqueHandle> NewPipe(bool first) const;
  absl::StatusOr<UniqueHandle> OwnTheName() const;

  // The rest runs on the completion thread.
  absl::Status AddInstance(UniqueHandle pipe);
  void AddInstanceOrRetry();
  void Remove(Instance* instance);
  std::shared_ptr<void> TakeSlot();
  void Report(const absl::Status& reason) const;

  const std::wstring name_;
  const Options options_;
  const Sink sink_;
  UniqueDescriptor descriptor_;
  const std::shared_ptr<std::atomic<int>> connections_ = std::make_shared<std::atomic<int>>(0);
  bool started_ = false;
  absl::Notification stopped_;

  // Touched only by the completion thread.
  bool stopping_ = false;
  std::unordered_map<Instance*, std::unique_ptr<Instance>> instances_;
};

}  // namespace resource_broker::ipc
