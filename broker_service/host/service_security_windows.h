// Who may what with the service, and as whom it runs.
//
// The descriptor of the service object, entry by entry:
//
//   D:P               protected: nothing is inherited
//   (A;;0xf01ff;;;SY) LocalSystem: everything
//   (A;;0xf01ff;;;BA) administrators, if elevated: everything
//   (A;;0x4;;;AU)     everybody who has logged on: asking for its state, which is what `resource_broker status` does
//
// Who may not change the service can't make it run another program as LocalSystem, nor stop it and its modules.
#pragma once

#include <winsock2.h>
// After winsock2.h, which it would replace by its older self.
#include <windows.h>

#include <string>
#include <vector>

namespace resource_broker::broker {

inline constexpr char kServiceSecurity[] = "D:P(A;;0xf01ff;;;SY)(A;;0xf01ff;;;BA)(A;;0x4;;;AU)";

// The privileges the service's token keeps; the service manager removes all others before it starts it. Modules have
// those of the broker, and so no more. Each with its reason in service_security_windows.cc.
const std::vector<std::wstring>& RequiredPrivileges();

// The SID the service manager gives the service NT SERVICE\<name>, "S-1-5-80-…"; it is the same on every machine.
std::string ServiceSid(const std::wstring& name);

}  // namespace resource_broker::broker
