// The flags of OnlineV2 and OfflineV2, by name.
#pragma once

#include <cstdint>

#include "resource_broker/v1/types.pb.h"

namespace resource_broker::sdk {

// OnlineFlags and OfflineFlags number their bits differently; the questions here know which of the two they ask. A flag
// that the other set lacks is false there.
class OperationFlags {
 public:
  OperationFlags(v1::OperationKind kind, uint32_t raw) : offline_(kind == v1::OFFLINE), raw_(raw) {}

  // Every bit as RHS passed it, known or not.
  uint32_t raw() const { return raw_; }

  // Do it even if the resource says it is locked: never refuse, never delay.
  bool ignore_resource_status() const { return Has(offline_ ? 0x01 : 0x02); }

  // If it fails, the resource goes back to the node it came from.
  bool return_to_source_node_on_error() const { return Has(offline_ ? 0x02 : 0x04); }

  // Network errors neither fail nor delay it.
  bool ignore_network_connectivity() const { return Has(offline_ ? 0x20 : 0x10); }

  // Offline only. "Not now" makes it wait in a queue and be tried again.
  bool queue_enabled() const { return offline_ && Has(0x04); }

  // Offline only. This is the way back after an error: no delay, no refusal.
  bool returning_to_source_node_because_of_error() const { return offline_ && Has(0x08); }

  // Offline only. The workload itself has failed: do not wait for its cooperation.
  bool due_to_embedded_failure() const { return offline_ && Has(0x10); }

  // Offline only. Do not record the resource as wanted offline.
  bool do_not_update_persistent_state() const { return offline_ && Has(0x40); }

  // Online only. Something runs already, from before a monitor's restart: take it over.
  bool recover_monitor_state() const { return !offline_ && Has(0x01); }

  // Online only.
  bool restore_online_state() const { return !offline_ && Has(0x08); }

  // Whether "not now" is no answer to this operation.
  bool must_not_wait() const { return ignore_resource_status() || returning_to_source_node_because_of_error(); }

 private:
  bool Has(uint32_t bit) const { return (raw_ & bit) != 0; }

  bool offline_;
  uint32_t raw_;
};

}  // namespace resource_broker::sdk
