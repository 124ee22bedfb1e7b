#include "ipc/bound_socket_posix.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <thread>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "ipc/socket_address_posix.h"

namespace resource_broker::ipc {
namespace {

using std::chrono::steady_clock;

// The kernel tells nobody when a lock is free.
constexpr std::chrono::milliseconds kLockRetry{10};

absl::Status SystemError(const char* call, const std::string& path) {
  return absl::ErrnoToStatus(errno, absl::StrCat(call, " ", path));
}

UniqueFd NewSocket() { return UniqueFd(socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)); }

// Holds the folder against other servers that are between looking for a dead socket and listening on their own.
absl::StatusOr<UniqueFd> LockFolder(const std::string& folder, steady_clock::time_point deadline) {
  UniqueFd fd(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd.valid()) return SystemError("open", folder);
  while (flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK && errno != EINTR) return SystemError("flock", folder);
    if (steady_clock::now() >= deadline) {
      return absl::DeadlineExceededError(absl::StrCat("another process holds the lock of folder ", folder));
    }
    std::this_thread::sleep_for(kLockRetry);
  }
  return fd;
}

// Removes what a dead server left; AlreadyExists if something else is there.
absl::Status RemoveDeadSocket(const std::string& path) {
  struct stat info {};
  if (lstat(path.c_str(), &info) != 0) {
    return errno == ENOENT ? absl::OkStatus() : SystemError("lstat", path);
  }
  if (!S_ISSOCK(info.st_mode)) return absl::AlreadyExistsError(absl::StrCat(path, " exists and is no socket"));
  const UniqueFd probe = NewSocket();
  if (!probe.valid()) return SystemError("socket for", path);
  const sockaddr_un name = SocketName(path);
  // EAGAIN is a server whose queue is full.
  if (connect(probe.get(), reinterpret_cast<const sockaddr*>(&name), sizeof(name)) == 0 || errno == EAGAIN) {
    return absl::AlreadyExistsError(absl::StrCat("somebody serves on ", path));
  }
  if (errno != ECONNREFUSED) return SystemError("connect", path);
  if (unlink(path.c_str()) != 0 && errno != ENOENT) return SystemError("unlink", path);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<BoundSocket> BoundSocket::Bind(const std::string& path, std::chrono::milliseconds timeout) {
  const steady_clock::time_point deadline = steady_clock::now() + timeout;
  const std::string folder = FolderOf(path);
  if (mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) return SystemError("mkdir", folder);
  if (absl::Status status = CheckFolderIsPrivate(folder); !status.ok()) return status;

  absl::StatusOr<UniqueFd> lock = LockFolder(folder, deadline);
  if (!lock.ok()) return lock.status();
  if (absl::Status status = RemoveDeadSocket(path); !status.ok()) return status;

  UniqueFd fd = NewSocket();
  if (!fd.valid()) return SystemError("socket for", path);
  // Before bind, so that the file never has another mode; the umask can only take from it.
  if (fchmod(fd.get(), 0600) != 0) return SystemError("fchmod", path);
  const sockaddr_un name = SocketName(path);
  if (bind(fd.get(), reinterpret_cast<const sockaddr*>(&name), sizeof(name)) != 0) {
    return errno == EADDRINUSE ? absl::AlreadyExistsError(absl::StrCat("somebody else took ", path))
                               : SystemError("bind", path);
  }

  BoundSocket bound(path, std::move(fd));
  struct stat info {};
  if (lstat(path.c_str(), &info) != 0) return SystemError("lstat", path);
  bound.device_ = info.st_dev;
  bound.inode_ = info.st_ino;
  if ((info.st_mode & 077) != 0) return absl::InternalError(absl::StrCat(path, " is open to others than its owner"));
  if (listen(bound.fd(), SOMAXCONN) != 0) return SystemError("listen", path);
  return bound;
}

BoundSocket::~BoundSocket() {
  if (!fd_.valid()) return;
  struct stat info {};
  if (lstat(path_.c_str(), &info) == 0 && info.st_dev == device_ && info.st_ino == inode_) unlink(path_.c_str());
}

}  // namespace resource_broker::ipc
