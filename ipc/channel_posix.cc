#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/support/channel_arguments.h>
#include <sys/stat.h>

#include <cerrno>

#include "absl/strings/str_cat.h"
#include "ipc/channel.h"
#include "ipc/identity_posix.h"
#include "ipc/options.h"
#include "ipc/random.h"
#include "ipc/socket_address_posix.h"

namespace resource_broker::ipc {
namespace {

absl::Status CheckOwner(const std::string& file, uid_t owner, const PeerCheck& verify) {
  absl::Status status = verify(IdentityOfAccount(owner));
  if (status.ok()) return status;
  return absl::Status(status.code(), absl::StrCat("owner of ", file, ": ", status.message()));
}

// gRPC connects by itself and lets nobody look at the socket, so the files are asked who may listen there: the folder
// also for a server that is yet to come.
absl::Status CheckOwners(const std::string& path, const PeerCheck& verify) {
  const std::string folder = FolderOf(path);
  struct stat info {};
  if (stat(folder.c_str(), &info) != 0) {
    return errno == ENOENT ? absl::OkStatus() : absl::ErrnoToStatus(errno, absl::StrCat("folder ", folder));
  }
  if (absl::Status status = CheckFolderIsPrivate(folder); !status.ok()) return status;
  if (absl::Status status = CheckOwner(folder, info.st_uid, verify); !status.ok()) return status;
  if (lstat(path.c_str(), &info) != 0) {
    return errno == ENOENT ? absl::OkStatus() : absl::ErrnoToStatus(errno, absl::StrCat("socket ", path));
  }
  if (!S_ISSOCK(info.st_mode)) return absl::FailedPreconditionError(absl::StrCat(path, " is no socket"));
  return CheckOwner(path, info.st_uid, verify);
}

}  // namespace

absl::StatusOr<std::shared_ptr<grpc::Channel>> Connect(const std::string& address, const ChannelOptions& options) {
  const absl::StatusOr<std::string> path = SocketPath(address);
  if (!path.ok()) return path.status();
  ChannelOptions complete = options;
  if (absl::Status status = Complete(&complete); !status.ok()) return status;
  if (absl::Status status = CheckOwners(*path, complete.verify_server); !status.ok()) return status;
  return grpc::CreateCustomChannel(ResolverTarget(*path), grpc::InsecureChannelCredentials(), ArgumentsOf(complete));
}

std::string PrivateAddress(const std::string& prefix, const std::string& directory) {
  return absl::StrCat("unix:", directory, "/", prefix, "-", RandomHex(), ".sock");
}

}  // namespace resource_broker::ipc
