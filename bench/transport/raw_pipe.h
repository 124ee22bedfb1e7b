// A named pipe or a Unix socket as the system gives it, with nothing in between: what any transport over it can at best
// do on this machine.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "absl/status/statusor.h"

namespace resource_broker::bench {

// One connection, used by one thread at a time, which blocks.
class RawPipe {
 public:
  virtual ~RawPipe() = default;

  // All of it, or false: the other end is gone.
  virtual bool Read(char* bytes, size_t size) = 0;
  virtual bool Write(const char* bytes, size_t size) = 0;
};

class RawListener {
 public:
  // `address` as ipc::Listener takes it.
  static absl::StatusOr<std::unique_ptr<RawListener>> Listen(const std::string& address);
  virtual ~RawListener() = default;

  // Blocks until a client comes.
  virtual absl::StatusOr<std::unique_ptr<RawPipe>> Accept() = 0;
};

absl::StatusOr<std::unique_ptr<RawPipe>> DialRaw(const std::string& address);

}  // namespace resource_broker::bench
