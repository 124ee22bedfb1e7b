// The data directory's rights on Windows.
//
//   D:P                          protected: nothing comes from %ProgramData%, where every user may make files
//   (A;OICI;FA;;;SY)             LocalSystem: everything
//   (A;OICI;FA;;;BA)             administrators, if elevated: everything
//   (A;OICI;0x1301bf;;;<service>) the service, by its own SID: reading, writing and deleting, so that it may run under
//                                another account; not changing rights
//
// What is made inside inherits them. Folders the broker makes itself have rights of their own that are no wider
// (modules/private_folder.h), and so have those it finds.
#pragma once

#include <filesystem>
#include <string>

#include "absl/status/status.h"

namespace resource_broker::broker {

// In SDDL.
std::string DataFolderSecurity();

// Makes `folder` and its `logs` if they are missing, and gives it those rights, as often as one likes. What lies
// in it and inherits, inherits the new ones. FailedPrecondition, and nothing is changed: it belongs to an account that
// is neither the broker's nor an administrator's, who may have put anything there before us; or it is a root, or holds
// only what is not the broker's.
absl::Status SecureDataFolder(const std::filesystem::path& folder);

}  // namespace resource_broker::broker
