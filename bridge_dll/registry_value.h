// One value of the cluster database in the contract's terms.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "bridge_dll/clusapi.h"
#include "resource_broker/v1/types.pb.h"

namespace resource_broker::bridge {

// Data that is not what its type says (a number of 3 bytes, text of an odd number of bytes or that is not UTF-16) comes
// as `binary`, like every type that the contract has no word for.
v1::PropertyValue PropertyFromRegistry(resapi::DWORD type, const std::vector<uint8_t>& data);

}  // namespace resource_broker::bridge
