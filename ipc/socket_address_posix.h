// The address of a Unix domain socket as this transport writes it: unix:<path>.
#pragma once

#include <sys/un.h>

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace resource_broker::ipc {

// Path in `address`, taken literally: no percent-encoding, relative to the working directory unless it begins with '/'.
// InvalidArgument if the scheme is another one, or the path is empty, too long for the system, or holds a NUL or a
// comma.
absl::StatusOr<std::string> SocketPath(const std::string& address);

// `path` as the target of a gRPC channel, whose resolver undoes percent-encoding.
std::string ResolverTarget(const std::string& path);

// Folder that holds the socket.
std::string FolderOf(const std::string& path);

// `path` must come from SocketPath.
sockaddr_un SocketName(const std::string& path);

// OK if only `folder`'s owner (and root) can put or replace a file of that owner in it: nobody else may write there,
// unless the folder is sticky. NotFound, or PermissionDenied with the reason.
absl::Status CheckFolderIsPrivate(const std::string& folder);

}  // namespace resource_broker::ipc
