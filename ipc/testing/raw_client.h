// A client that knows nothing of gRPC: bytes in, bytes out.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace resource_broker::ipc::testing {

// What an HTTP/2 client says first: the preface and an empty SETTINGS frame.
std::string Http2Greeting();

// One connection; closed with the object.
class RawClient {
 public:
  // Waits at most `timeout` for a server that is busy; fails at once if there is none.
  static absl::StatusOr<std::unique_ptr<RawClient>> Dial(const std::string& address,
                                                         std::chrono::milliseconds timeout = std::chrono::seconds(10));
  virtual ~RawClient() = default;

  // An error when the server is gone.
  virtual absl::Status Write(const std::string& bytes) = 0;

  // At least one byte and at most 64 KiB; "" when the server has closed; DeadlineExceeded.
  virtual absl::StatusOr<std::string> Read(std::chrono::milliseconds timeout) = 0;
};

// A server that knows nothing of gRPC: takes one client at a time and remembers what it sent.
class RawServer {
 public:
  static absl::StatusOr<std::unique_ptr<RawServer>> Listen(const std::string& address);
  virtual ~RawServer() = default;

  // Waits for a client, then for it to leave; returns what it sent. DeadlineExceeded.
  virtual absl::StatusOr<std::string> ReceiveAll(std::chrono::milliseconds timeout) = 0;
};

}  // namespace resource_broker::ipc::testing
