#include "broker_service/remote/certificate_reminder.h"

namespace resource_broker::broker {

std::optional<EventId> CertificateReminder::Due(absl::Time not_after, absl::Time now) {
  std::optional<EventId> event;
  if (not_after - now < kSoon) event = EventId::kCertificateExpiresSoon;
  if (not_after <= now) event = EventId::kCertificateExpired;
  const bool told = event == told_ && not_after == not_after_ && now - told_at_ < kEvery && now >= told_at_;
  if (!event.has_value() || told) return std::nullopt;
  not_after_ = not_after;
  told_ = event;
  told_at_ = now;
  return event;
}

}  // namespace resource_broker::broker
