// Who may open a pipe.
//
// The default descriptor, entry by entry, in the order in which the system asks them:
//
//   D:P                   protected: nothing is inherited
//   (D;;FA;;;NU)          the network: denied everything, besides PIPE_REJECT_REMOTE_CLIENTS
//   (A;;0x12019b;;;SY)    LocalSystem: a client's rights
//   (A;;0x12019b;;;BA)    administrators, if elevated: a client's rights
//   (A;;FA;;;<account>)   the server's own account: everything, since it must make more instances
//
// A client's rights are reading and writing data, attributes and extended attributes, reading the descriptor, and
// synchronising. FILE_CREATE_PIPE_INSTANCE (0x4) is not among them: who has it can put himself in the server's place.
// GENERIC_WRITE contains it, so clients must not ask for that.
#pragma once

#include <winsock2.h>
// After winsock2.h.
#include <windows.h>

#include <memory>
#include <string>

#include "absl/status/statusor.h"

namespace resource_broker::ipc {

// What one client needs.
constexpr ACCESS_MASK kClientRights = 0x12019b;

// The default descriptor for a server that runs as `account` (a SID in string form), in SDDL.
std::string DefaultDescriptor(const std::string& account);

// Frees what the system allocated by LocalAlloc.
struct LocalFreer {
  void operator()(void* memory) const { LocalFree(memory); }
};
using UniqueDescriptor = std::unique_ptr<void, LocalFreer>;

// InvalidArgument with the system's error if `sddl` is malformed.
absl::StatusOr<UniqueDescriptor> ParseDescriptor(const std::string& sddl);

// "S-1-5-18".
absl::StatusOr<std::string> SidText(PSID sid);

}  // namespace resource_broker::ipc
