// The way of connected pipes into a gRPC server.
#pragma once

#include "ipc/grpc_internals_windows.h"
// Before the system's headers.
#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "ipc/unique_handle_windows.h"
#include "src/core/lib/surface/server.h"

namespace grpc {
class ServerBuilder;
}

namespace resource_broker::ipc {

// A pipe that is to be a connection.
struct EnteringPipe {
  // Connected, and known to the completion thread.
  UniqueHandle pipe;
  // Read from it already.
  std::string first_bytes;
  // What handlers get as the peer's name.
  std::string peer;
  // Released when the connection has ended.
  std::shared_ptr<void> held;
};

// Lives as long as who brings the pipes, while the server lives as long as gRPC wants. Thread-safe.
class ServerDoor {
 public:
  // `tap` as in ListenOptions.
  static std::shared_ptr<ServerDoor> Add(grpc::ServerBuilder* builder, std::string address,
                                         std::function<size_t(size_t)> tap);

  ServerDoor(std::string address, std::function<size_t(size_t)> tap);

  // Whether the server runs.
  bool is_open() const;

  // Makes the pipe a connection of the server, or drops it if the server is gone.
  void Enter(EnteringPipe entering);

  // --- For the server ---
  void Open(grpc_core::Server* server);
  void SetOnClosed(grpc_closure* on_closed);
  // The server is told when no connection is on its way in any more: until then it stays.
  void Close();

 private:
  void Serve(grpc_core::Server* server, EnteringPipe entering) const;
  void TellIfClosed() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const std::string address_;
  const std::function<size_t(size_t)> tap_;
  mutable absl::Mutex mutex_;
  // Valid from Open to Close, and as long as something is entering.
  grpc_core::Server* server_ ABSL_GUARDED_BY(mutex_) = nullptr;
  int entering_ ABSL_GUARDED_BY(mutex_) = 0;
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
  grpc_closure* on_closed_ ABSL_GUARDED_BY(mutex_) = nullptr;
};

}  // namespace resource_broker::ipc
