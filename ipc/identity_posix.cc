#include "ipc/identity_posix.h"

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <string>

#include "absl/strings/str_cat.h"

namespace resource_broker::ipc {

absl::StatusOr<PeerIdentity> IdentityOfSocket(int fd) {
  ucred credentials{};
  socklen_t size = sizeof(credentials);
  if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0) {
    return absl::ErrnoToStatus(errno, "getsockopt(SO_PEERCRED)");
  }
  PeerIdentity peer = IdentityOfAccount(credentials.uid);
  // 0: the process lives in another pid namespace.
  if (credentials.pid <= 0) return peer;
  peer.process_id = static_cast<uint32_t>(credentials.pid);
  std::array<char, PATH_MAX> target{};
  const ssize_t length =
      readlink(absl::StrCat("/proc/", credentials.pid, "/exe").c_str(), target.data(), target.size());
  if (length > 0) peer.image_path.assign(target.data(), static_cast<size_t>(length));
  return peer;
}

PeerIdentity IdentityOfAccount(uid_t account) {
  PeerIdentity peer;
  peer.account = absl::StrCat("uid:", account);
  peer.elevated = account == 0;
  return peer;
}

PeerCheck SameAccountOrAdministrator() {
  return [own = absl::StrCat("uid:", geteuid())](const PeerIdentity& peer) {
    if (peer.elevated || peer.account == own) return absl::OkStatus();
    return absl::PermissionDeniedError(absl::StrCat("neither root nor ", own, ": ", peer.ToString()));
  };
}

}  // namespace resource_broker::ipc
