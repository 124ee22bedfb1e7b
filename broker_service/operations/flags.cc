#include "broker_service/operations/flags.h"

namespace resource_broker::broker {
namespace {

// CLUS_RESDLL_OFFLINE_*.
constexpr uint32_t kOfflineIgnoreResourceStatus = 0x01;
constexpr uint32_t kOfflineReturnToSource = 0x02;
constexpr uint32_t kOfflineQueueEnabled = 0x04;
constexpr uint32_t kOfflineReturning = 0x08;
constexpr uint32_t kOfflineIgnoreNetwork = 0x20;
constexpr uint32_t kOfflineKeepPersistentState = 0x40;
constexpr uint32_t kOfflineKnown = 0x7f;

// CLUS_RESDLL_ONLINE_*. Its RETURN_TO_SOURCE (0x04) is the cluster's to act on: the way back from a failed online leads
// to another node.
constexpr uint32_t kOnlineIgnoreResourceStatus = 0x02;
constexpr uint32_t kOnlineIgnoreNetwork = 0x10;
constexpr uint32_t kOnlineKnown = 0x1f;

constexpr uint32_t kServer2012R2 = 9600;
constexpr uint32_t kServer2016 = 14393;

uint32_t Unsupported(v1::OperationKind kind, uint32_t windows_build) {
  uint32_t bits = 0;
  if (windows_build < kServer2012R2) bits |= kind == v1::ONLINE ? kOnlineIgnoreNetwork : kOfflineIgnoreNetwork;
  if (windows_build < kServer2016 && kind != v1::ONLINE) bits |= kOfflineKeepPersistentState;
  return bits;
}

}  // namespace

OperationFlags DecodeFlags(v1::OperationKind kind, uint32_t bits, uint32_t windows_build) {
  OperationFlags flags;
  flags.unsupported_bits = bits & Unsupported(kind, windows_build);
  bits &= ~flags.unsupported_bits;
  if (kind == v1::ONLINE) {
    flags.ignore_resource_status = (bits & kOnlineIgnoreResourceStatus) != 0;
    flags.ignore_network = (bits & kOnlineIgnoreNetwork) != 0;
    flags.unknown_bits = bits & ~kOnlineKnown;
    return flags;
  }
  flags.ignore_resource_status = (bits & kOfflineIgnoreResourceStatus) != 0;
  flags.return_to_source_on_error = (bits & kOfflineReturnToSource) != 0;
  flags.queue_enabled = (bits & kOfflineQueueEnabled) != 0;
  flags.returning_to_source = (bits & kOfflineReturning) != 0;
  flags.ignore_network = (bits & kOfflineIgnoreNetwork) != 0;
  flags.keep_intended_state = (bits & kOfflineKeepPersistentState) != 0;
  flags.unknown_bits = bits & ~kOfflineKnown;
  return flags;
}

}  // namespace resource_broker::broker
