// Names nobody can guess.
#pragma once

#include <string>

namespace resource_broker::ipc {

// 128 bits from the system's generator as 32 lowercase hexadecimal digits. Ends the process if the system has none,
// which a running system does not do.
std::string RandomHex();

}  // namespace resource_broker::ipc
