#include "broker_service/remote/certificate_reminder.h"

#include <gtest/gtest.h>

namespace resource_broker::broker {
namespace {

const absl::Time kEnd = absl::FromUnixSeconds(1900000000);

TEST(CertificateReminderTest, CertificateGoodForLonger_NothingIsDue) {
  CertificateReminder reminder;
  EXPECT_EQ(reminder.Due(kEnd, kEnd - absl::Hours(31 * 24)), std::nullopt);
  EXPECT_EQ(reminder.Due(absl::InfiniteFuture(), kEnd), std::nullopt);
}

TEST(CertificateReminderTest, CertificateNearsItsEndAndPassesIt_OnceADayAndAtOnceWhenItHasExpired) {
  CertificateReminder reminder;
  EXPECT_EQ(reminder.Due(kEnd, kEnd - absl::Hours(36)), EventId::kCertificateExpiresSoon);
  EXPECT_EQ(reminder.Due(kEnd, kEnd - absl::Hours(13)), std::nullopt);
  EXPECT_EQ(reminder.Due(kEnd, kEnd - absl::Hours(12)), EventId::kCertificateExpiresSoon);
  EXPECT_EQ(reminder.Due(kEnd, kEnd), EventId::kCertificateExpired);
  EXPECT_EQ(reminder.Due(kEnd, kEnd + absl::Hours(1)), std::nullopt);
  EXPECT_EQ(reminder.Due(kEnd, kEnd + absl::Hours(24)), EventId::kCertificateExpired);
}

TEST(CertificateReminderTest, AnotherCertificateThatEndsSoon_IsToldAtOnce) {
  CertificateReminder reminder;
  EXPECT_EQ(reminder.Due(kEnd, kEnd), EventId::kCertificateExpired);
  EXPECT_EQ(reminder.Due(kEnd + absl::Hours(1), kEnd), EventId::kCertificateExpiresSoon);
  EXPECT_EQ(reminder.Due(kEnd + absl::Hours(1), kEnd), std::nullopt);
}

}  // namespace
}  // namespace resource_broker::broker
