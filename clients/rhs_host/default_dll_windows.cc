#include "clients/console/console.h"
#include "clients/rhs_host/default_dll.h"

namespace resource_broker::rhs_host {

std::string DefaultDll() { return console::ProgramFolder() + "\\resource_bridge.dll"; }

}  // namespace resource_broker::rhs_host
