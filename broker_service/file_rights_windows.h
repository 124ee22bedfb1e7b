// Who has rights to an object, by its access control list.
#pragma once

#include <winsock2.h>
// After winsock2.h, which it would replace by its older self.
#include <windows.h>
// After windows.h.
#include <accctrl.h>

#include "absl/status/status.h"

namespace resource_broker::broker {

// What lets one change a file or folder, or its rights.
inline constexpr ACCESS_MASK kChangeRights = FILE_WRITE_DATA | FILE_APPEND_DATA | FILE_DELETE_CHILD | DELETE |
                                             WRITE_DAC | WRITE_OWNER | GENERIC_WRITE | GENERIC_ALL;

// FailedPrecondition: somebody has one of `rights` who is neither the owner, this account, LocalSystem, an
// administrator, the broker's service nor Windows' own installer; or one who is none of them owns it. The message
// begins with a verb. `object` must be open with READ_CONTROL.
absl::Status CheckRights(HANDLE object, SE_OBJECT_TYPE kind, ACCESS_MASK rights);

// Only the owner of it.
absl::Status CheckOwner(HANDLE object, SE_OBJECT_TYPE kind);

}  // namespace resource_broker::broker
