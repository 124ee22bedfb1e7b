// The versions of the contracts that this release speaks: the bridge and the broker of bridge.proto, the broker and
// modules made with the SDK of module.proto, the broker and its tools of admin.proto. The one place they are written.
#pragma once

#include <cstdint>

namespace resource_broker {

inline constexpr uint32_t kMinProtocolVersion = 1;
inline constexpr uint32_t kMaxProtocolVersion = 1;

}  // namespace resource_broker
