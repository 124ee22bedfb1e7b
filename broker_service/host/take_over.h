// The new broker's side of a take-over.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "resource_broker/v1/config.pb.h"

namespace resource_broker::broker {

// The broker before this one, which has ended, or is about to.
struct Predecessor {
  // "process 4711, resource_broker 1.0.0".
  std::string name;
  // Since when no bridge has been answered.
  absl::Time unserved_since;
  // What is left of timeouts.take_over_ms to wait for its journal.
  absl::Duration lock_wait;
};

std::filesystem::path JournalFile(const v1::BrokerConfig& config);

// Whether a broker with this configuration would start if the running one, which is left alone, were not there: what
// can be known of that. Errors say what to do.
absl::Status CheckBeforeTakeOver(const v1::BrokerConfig& config);

// Has the broker that runs at the configuration's admin_address end for this one. nullopt: none runs there. After an
// error it runs on as if nothing had been asked; after one that is DeadlineExceeded it may still end.
absl::StatusOr<std::optional<Predecessor>> EndPredecessor(const v1::BrokerConfig& config);

struct RunningBroker {
  uint32_t process_id = 0;
  std::string version;
};

// Who serves at the configuration's admin_address. Unavailable: nobody does.
absl::StatusOr<RunningBroker> FindRunning(const v1::BrokerConfig& config);

}  // namespace resource_broker::broker
