#include "ipc/socket_address_posix.h"

#include <sys/socket.h>
#include <sys/stat.h>

#include <cerrno>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/string_view.h"
#include "ipc/percent_encoding.h"

namespace resource_broker::ipc {
namespace {

constexpr absl::string_view kScheme = "unix:";

}  // namespace

absl::StatusOr<std::string> SocketPath(const std::string& address) {
  if (!absl::StartsWith(address, kScheme)) {
    return absl::InvalidArgumentError(absl::StrCat("address \"", address, "\" does not begin with unix:"));
  }
  std::string path = address.substr(kScheme.size());
  if (path.empty() || path.back() == '/') {
    return absl::InvalidArgumentError(absl::StrCat("address \"", address, "\" names no file"));
  }
  // gRPC reads a list in a path with commas.
  if (path.find_first_of(std::string(",\0", 2)) != std::string::npos) {
    return absl::InvalidArgumentError(absl::StrCat("address \"", address, "\" holds a comma or a NUL character"));
  }
  if (path.size() >= sizeof(sockaddr_un::sun_path)) {
    return absl::InvalidArgumentError(absl::StrCat("address \"", address, "\": a socket's path has at most ",
                                                   sizeof(sockaddr_un::sun_path) - 1, " bytes, this one has ",
                                                   path.size()));
  }
  return path;
}

std::string ResolverTarget(const std::string& path) {
  // An empty authority, or a path with two slashes in front would be read as one.
  return absl::StrCat(path.front() == '/' ? "unix://" : "unix:", PercentEncode(path, "/"));
}

std::string FolderOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

sockaddr_un SocketName(const std::string& path) {
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  path.copy(name.sun_path, sizeof(name.sun_path) - 1);
  return name;
}

absl::Status CheckFolderIsPrivate(const std::string& folder) {
  struct stat info {};
  if (stat(folder.c_str(), &info) != 0) {
    return absl::ErrnoToStatus(errno, absl::StrCat("folder ", folder));
  }
  if (!S_ISDIR(info.st_mode)) return absl::NotFoundError(absl::StrCat(folder, " is not a folder"));
  if ((info.st_mode & (S_IWGRP | S_IWOTH)) != 0 && (info.st_mode & S_ISVTX) == 0) {
    return absl::PermissionDeniedError(absl::StrFormat("folder %s has mode %04o: others than its owner may write there",
                                                       folder, info.st_mode & 07777));
  }
  return absl::OkStatus();
}

}  // namespace resource_broker::ipc
