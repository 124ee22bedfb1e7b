#include "broker_service/operations/flags.h"

namespace resource_broker::broker {
namespace {

// CLUS_RESDLL_OFFLINE_*.
constexpr uint32_t kOfflineIgnoreResourceStatus = 0x01;
constexpr uint32_t kOfflineReturnToSource = 0x02;
constexpr uint32_t kOfflineQueueEnabled = 0x04;
constexpr uint32_t kOfflineReturning = 0x08;
constexpr uint32_t kOfflineKnown = 0x7f;

// CLUS_RESDLL_ONLINE_*. Its RETURN_TO_SOURCE (0x04) is the cluster's to act on: the way back from a failed online leads
// to another node.
constexpr uint32_t kOnlineIgnoreResourceStatus = 0x02;
constexpr uint32_t kOnlineKnown = 0x1f;

}  // namespace

OperationFlags DecodeFlags(v1::OperationKind kind, uint32_t bits) {
  OperationFlags flags;
  if (kind == v1::ONLINE) {
    flags.ignore_resource_status = (bits & kOnlineIgnoreResourceStatus) != 0;
    flags.unknown_bits = bits & ~kOnlineKnown;
    return flags;
  }
  flags.ignore_resource_status = (bits & kOfflineIgnoreResourceStatus) != 0;
  flags.return_to_source_on_error = (bits & kOfflineReturnToSource) != 0;
  flags.queue_enabled = (bits & kOfflineQueueEnabled) != 0;
  flags.returning_to_source = (bits & kOfflineReturning) != 0;
  flags.unknown_bits = bits & ~kOfflineKnown;
  return flags;
}

}  // namespace resource_broker::broker
