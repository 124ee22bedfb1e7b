#include <gtest/gtest.h>

#include "broker_service/host/service_events_windows.h"
// After winsock2.h.
#include <wtsapi32.h>

namespace resource_broker::broker {
namespace {

TEST(ServiceEventsTest, SuspendAndResume_SaysHowLongItWasAndWhatTheClockCounted) {
  ServiceEvents events;
  const absl::Time evening = absl::FromUnixSeconds(1'800'000'000);
  const absl::Duration steady = absl::Seconds(500);
  EXPECT_EQ(events.OnPower(PBT_APMSUSPEND, evening, steady), "the machine is about to be suspended");
  EXPECT_EQ(events.OnPower(PBT_APMRESUMEAUTOMATIC, evening + absl::Hours(8), steady + absl::Seconds(2)),
            "the machine has resumed after 8h, of which the broker's clock counted 2s");
  // The user's is the same resume.
  EXPECT_EQ(events.OnPower(PBT_APMRESUMESUSPEND, evening + absl::Hours(9), steady + absl::Seconds(9)), "");
}

TEST(ServiceEventsTest, ResumeWithoutASuspend_IsNotTold) {
  EXPECT_EQ(ServiceEvents().OnPower(PBT_APMRESUMEAUTOMATIC, absl::UnixEpoch(), absl::ZeroDuration()), "");
}

TEST(ServiceEventsTest, OtherPowerEvents_AreToldIfTheyAreKnown) {
  ServiceEvents events;
  EXPECT_EQ(events.OnPower(PBT_APMPOWERSTATUSCHANGE, absl::UnixEpoch(), absl::ZeroDuration()),
            "the machine's power source has changed");
  EXPECT_EQ(events.OnPower(0xffff, absl::UnixEpoch(), absl::ZeroDuration()), "");
}

TEST(ServiceEventsTest, SessionChange_NamesTheSession) {
  WTSSESSION_NOTIFICATION notification = {sizeof(notification), 2};
  EXPECT_EQ(ServiceEvents::OnSession(WTS_SESSION_LOGON, &notification), "session 2: logon");
  EXPECT_EQ(ServiceEvents::OnSession(WTS_SESSION_LOCK, &notification), "session 2: locked");
  EXPECT_EQ(ServiceEvents::OnSession(4711, &notification), "session 2: changed");
  EXPECT_EQ(ServiceEvents::OnSession(WTS_SESSION_LOGOFF, nullptr), "a session: logoff");
}

}  // namespace
}  // namespace resource_broker::broker
