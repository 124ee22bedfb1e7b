// The common properties of a resource type that are numbers of milliseconds.
#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace resource_broker::cluster {

struct TypeProperty {
  // As the cluster database has it.
  const char* name;
  // Windows' own default, which is what the bridge is made for, and which counts where a type does not have the
  // property: documented of the poll intervals, inferred of the timeouts.
  uint32_t usual;
  // The cluster's own limit, or the bridge's where that is higher.
  uint32_t least;
};

// Each may be up to 0xFFFFFFFF. Sources: resource-types-looksalivepollinterval, resource-types-isalivepollinterval and
// deadlocktimeout-restypprop are documented; that a type has a PendingTimeout is in clusapi.h alone
// (CLUSREG_NAME_RESTYPE_PENDING_TIMEOUT). The bridge knows a resource's own PendingTimeout and not its type's: what it
// reports every 10 s at the latest (bridge_dll/report_schedule.h) is in time for three times that.
inline constexpr TypeProperty kLooksAlive = {"LooksAlivePollInterval", 5'000, 1};
inline constexpr TypeProperty kIsAlive = {"IsAlivePollInterval", 60'000, 1};
inline constexpr TypeProperty kPendingTimeout = {"PendingTimeout", 180'000, 30'000};
inline constexpr TypeProperty kDeadlockTimeout = {"DeadlockTimeout", 300'000, 30'000};
inline constexpr TypeProperty kTypeProperties[] = {kLooksAlive, kIsAlive, kPendingTimeout, kDeadlockTimeout};

// Some of those, by name.
using TypeNumbers = std::map<std::string, uint32_t>;

// What `numbers` has, or what counts without it.
inline uint32_t NumberOf(const TypeNumbers& numbers, const TypeProperty& property) {
  const auto found = numbers.find(property.name);
  return found == numbers.end() ? property.usual : found->second;
}

}  // namespace resource_broker::cluster
