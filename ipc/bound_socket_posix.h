// A Unix domain socket that listens at a path which is this process's alone.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <string>

#include "absl/status/statusor.h"
#include "ipc/unique_fd_posix.h"

namespace resource_broker::ipc {

// Listens as long as it lives; then its file is removed, unless another server's has taken its place.
class BoundSocket {
 public:
  // Makes the folder with mode 0700 if it is missing (its parent must be there) and the socket with mode 0600. A socket
  // that a dead server left is replaced; whether it is dead is decided by asking it. Servers that start at the same
  // time in one folder take turns, each for at most `timeout`. AlreadyExists, PermissionDenied, NotFound,
  // DeadlineExceeded.
  static absl::StatusOr<BoundSocket> Bind(const std::string& path, std::chrono::milliseconds timeout);

  BoundSocket(BoundSocket&&) = default;
  BoundSocket& operator=(BoundSocket&&) = delete;
  ~BoundSocket();

  // Not blocking.
  int fd() const { return fd_.get(); }

 private:
  BoundSocket(std::string path, UniqueFd fd) : path_(std::move(path)), fd_(std::move(fd)) {}

  std::string path_;
  UniqueFd fd_;
  dev_t device_ = 0;
  ino_t inode_ = 0;
};

}  // namespace resource_broker::ipc
