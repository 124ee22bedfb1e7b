// The Win32 codes the broker itself reports, the same on every platform.
#pragma once

#include <cstdint>

namespace resource_broker::broker {

inline constexpr uint32_t kErrorModuleNotFound = 126;       // ERROR_MOD_NOT_FOUND: no such module is installed
inline constexpr uint32_t kErrorOperationAborted = 995;     // ERROR_OPERATION_ABORTED: ended by Terminate
inline constexpr uint32_t kErrorProcessAborted = 1067;      // ERROR_PROCESS_ABORTED: the module's process ended
inline constexpr uint32_t kErrorCancelled = 1223;           // ERROR_CANCELLED
inline constexpr uint32_t kErrorInternal = 1359;            // ERROR_INTERNAL_ERROR: the module broke its contract
inline constexpr uint32_t kErrorTimeout = 1460;             // ERROR_TIMEOUT: no handshake in time
inline constexpr uint32_t kErrorResourceLocked = 5960;      // ERROR_CLUSTER_RESOURCE_LOCKED_STATUS

// CLUSRESDLL_STATUS_OFFLINE_BUSY of RESOURCE_STATUS_EX.Flags.
inline constexpr uint32_t kStatusOfflineBusy = 0x1;

}  // namespace resource_broker::broker
