// When an administrator is reminded that the node's certificate ends.
#pragma once

#include <optional>

#include "absl/time/time.h"
#include "broker_service/events/events.h"

namespace resource_broker::broker {

// From kSoon before the end of a certificate on, and after it, once a day; at once when that begins, or when it is
// another certificate. One thread.
class CertificateReminder {
 public:
  static constexpr absl::Duration kSoon = absl::Hours(30 * 24);
  static constexpr absl::Duration kEvery = absl::Hours(24);

  // The event that is due now, for a certificate that is good until `not_after`.
  std::optional<EventId> Due(absl::Time not_after, absl::Time now);

 private:
  absl::Time not_after_ = absl::InfinitePast();
  std::optional<EventId> told_;
  absl::Time told_at_ = absl::InfinitePast();
};

}  // namespace resource_broker::broker
