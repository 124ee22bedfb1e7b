// What the flags of an operation ask of the broker.
#pragma once

#include <cstdint>

#include "resource_broker/v1/types.pb.h"

namespace resource_broker::broker {

// OnlineV2 and OfflineV2 number the same wishes differently; here they have one name. The bits themselves travel to the
// module unchanged, whatever is known of them here.
struct OperationFlags {
  // A lock, a throttle or a busy resource neither refuses nor delays it.
  bool ignore_resource_status = false;
  // Offline only: a failure is followed by the module's Restore.
  bool return_to_source_on_error = false;
  // Offline only: what can't be done now waits and is tried again.
  bool queue_enabled = false;
  // Offline only: this is the way back; it goes first and is never delayed or refused.
  bool returning_to_source = false;
  // Network failures that the module reports neither fail nor delay it.
  bool ignore_network = false;
  // Offline only: what the resource is meant to be stays as it was.
  bool keep_intended_state = false;
  // Bits this Windows does not have: carried to the module, and no more.
  uint32_t unsupported_bits = 0;
  // The bits no released header names.
  uint32_t unknown_bits = 0;

  // Neither a lock, a throttle nor NOT_NOW holds it up.
  bool Undelayable() const { return ignore_resource_status || returning_to_source; }
};

// CLUSRESDLL_STATUS_* of RESOURCE_STATUS_EX.Flags: what a refused offline reports, and what a module may say.
inline constexpr uint32_t kStatusOfflineBusy = 0x1;
inline constexpr uint32_t kStatusSourceThrottled = 0x2;
inline constexpr uint32_t kStatusDestinationThrottled = 0x4;
inline constexpr uint32_t kStatusNetworkNotAvailable = 0x100;

// `windows_build` says which flags there are: IGNORE_NETWORK_CONNECTIVITY came with Windows Server 2012 R2 (9600),
// DO_NOT_UPDATE_PERSISTENT_STATE with 2016 (14393). See resapi.md, section 2.
OperationFlags DecodeFlags(v1::OperationKind kind, uint32_t bits, uint32_t windows_build);

}  // namespace resource_broker::broker
