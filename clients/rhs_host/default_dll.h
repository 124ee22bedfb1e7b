// The resource DLL that is driven when none is named.
#pragma once

#include <string>

namespace resource_broker::rhs_host {

// resource_bridge.dll (natively .so) in the program's own folder, UTF-8.
std::string DefaultDll();

}  // namespace resource_broker::rhs_host
