// Connections to a gRPC server from inside its own process, which nobody else can make.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace grpc {
class ServerBuilder;
}

namespace resource_broker::ipc {

// One more connection of the server, which waits for HTTP/2 to begin.
struct InnerConnection {
  // What peer() of a handler's context says for calls that come by it. Random, and never given twice.
  std::string label;
  // The client's end: a socket that does not block, on Windows the handle of a pipe that was opened for overlapped
  // operations. The caller's to close.
  intptr_t stream = -1;
};

// For one that nobody has taken.
void CloseInner(const InnerConnection& connection);

// For who ends a connection from outside (TLS, for example) and passes its bytes on: whom he has found at the other end
// is told to handlers by the label. Use:
//
//   grpc::ServerBuilder builder;
//   auto inner = InnerConnector::Add(&builder);
//   auto server = builder.BuildAndStart();
//   absl::StatusOr<InnerConnection> connection = inner->Connect();
//
// Thread-safe once the server has started. Must outlive the server's Shutdown.
class InnerConnector {
 public:
  static std::unique_ptr<InnerConnector> Add(grpc::ServerBuilder* builder);
  virtual ~InnerConnector() = default;

  // ResourceExhausted: the system has no more handles or memory. Unavailable: the server is not running.
  virtual absl::StatusOr<InnerConnection> Connect() = 0;
};

// Whether `peer` is the label of an inner connection, rather than what gRPC says of others. No client of Listener can
// have one that Connect has given.
bool IsInnerLabel(absl::string_view peer);

}  // namespace resource_broker::ipc
