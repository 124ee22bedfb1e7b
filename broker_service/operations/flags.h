// What the flags of an operation ask of the broker.
#pragma once

#include <cstdint>

#include "resource_broker/v1/types.pb.h"

namespace resource_broker::broker {

// OnlineV2 and OfflineV2 number the same wishes differently; here they have one name. The bits themselves travel to the
// module unchanged, whatever is known of them here.
struct OperationFlags {
  // A lock or a busy resource neither refuses nor delays it.
  bool ignore_resource_status = false;
  // Offline only: a failure is followed by the module's Restore.
  bool return_to_source_on_error = false;
  // Offline only: what can't be done now waits and is tried again.
  bool queue_enabled = false;
  // Offline only: this is the way back; it goes first and is never delayed or refused.
  bool returning_to_source = false;
  // The bits no released header names.
  uint32_t unknown_bits = 0;

  // Neither a lock nor NOT_NOW holds it up.
  bool Undelayable() const { return ignore_resource_status || returning_to_source; }
};

// CLUSRESDLL_STATUS_OFFLINE_BUSY of RESOURCE_STATUS_EX.Flags: what a refused offline reports.
inline constexpr uint32_t kStatusOfflineBusy = 0x1;

OperationFlags DecodeFlags(v1::OperationKind kind, uint32_t bits);

}  // namespace resource_broker::broker
