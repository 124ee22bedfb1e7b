#include "resource_modules/sdk/notifications.h"

#include <gtest/gtest.h>

#include <vector>

namespace resource_broker::sdk {
namespace {

std::vector<v1::ModuleNotification> All(Notifications& notifications) {
  std::vector<v1::ModuleNotification> all;
  while (auto next = notifications.Next()) all.push_back(*std::move(next));
  return all;
}

TEST(NotificationsTest, ChangesInOrder_AreToldAndTheReaderIsWoken) {
  Notifications notifications;
  int woken = 0;
  notifications.Attach([&] { ++woken; });
  notifications.SetLocked("r1", true, 7, "backup");
  notifications.SetHealth("r2", v1::DEAD, "gone");
  notifications.SignalFailure("r2", 1, 42, "why");
  EXPECT_EQ(woken, 3);
  auto all = All(notifications);
  ASSERT_EQ(all.size(), 3);
  EXPECT_EQ(all[0].resource(), "r1");
  EXPECT_EQ(all[0].lock().reason(), 7);
  EXPECT_EQ(all[0].message(), "backup");
  EXPECT_EQ(all[1].health(), v1::DEAD);
  EXPECT_EQ(all[2].failure().failure_type(), 1);
  EXPECT_EQ(all[2].failure().application_error(), 42);
  notifications.SetHealth("r2", v1::ALIVE, "");
  ASSERT_EQ(All(notifications).size(), 1);
}

TEST(NotificationsTest, WhatIsAsByDefault_IsNotTold) {
  Notifications notifications;
  notifications.Attach([] { ADD_FAILURE() << "woken"; });
  notifications.SetHealth("r1", v1::ALIVE, "");
  notifications.SetLocked("r1", false, 0, "");
  EXPECT_TRUE(All(notifications).empty());
}

TEST(NotificationsTest, ChangesFasterThanTheReader_TheLastWordIsToldOnce) {
  Notifications notifications;
  for (int i = 0; i < 100; ++i) {
    notifications.SetHealth("r1", v1::DEAD, "");
    notifications.SetHealth("r1", v1::ALIVE, "");
  }
  notifications.SetHealth("r1", v1::DEAD, "last");
  notifications.Attach([] {});
  auto all = All(notifications);
  ASSERT_EQ(all.size(), 1);
  EXPECT_EQ(all[0].message(), "last");
}

TEST(NotificationsTest, NewReader_IsToldOfStatesAgainAndOfEachFailureOnce) {
  Notifications notifications;
  notifications.Attach([] {});
  notifications.SetHealth("r1", v1::DEAD, "");
  notifications.SignalFailure("r1", 0, 1, "");
  EXPECT_EQ(All(notifications).size(), 2);
  notifications.Attach([] {});
  auto all = All(notifications);
  ASSERT_EQ(all.size(), 1);
  EXPECT_TRUE(all[0].has_health());
}

TEST(NotificationsTest, FailureWithoutAReader_IsToldTheNextOne) {
  Notifications notifications;
  notifications.SignalFailure("r1", 0, 1, "");
  notifications.Attach([] {});
  EXPECT_EQ(All(notifications).size(), 1);
}

TEST(NotificationsTest, ResourceBeginsAnew_ItsFailureIsForgottenAndItsStatesAreTakenBack) {
  Notifications notifications;
  notifications.Attach([] {});
  notifications.SetHealth("r1", v1::DEAD, "");
  notifications.SetLocked("r1", true, 1, "");
  EXPECT_EQ(All(notifications).size(), 2);
  notifications.SignalFailure("r1", 0, 1, "");
  notifications.Reset("r1");
  auto all = All(notifications);
  ASSERT_EQ(all.size(), 2);
  EXPECT_EQ(all[0].health(), v1::ALIVE);
  EXPECT_FALSE(all[1].lock().locked());
}

TEST(NotificationsTest, FailuresAndResetsWithoutAReader_DoNotPileUp) {
  Notifications notifications;
  for (size_t i = 0; i < Notifications::kMaxResources + 10; ++i) {
    notifications.SignalFailure("r1", 0, 1, "");
    notifications.Reset("r1");
  }
  notifications.SignalFailure("r2", 0, 1, "");
  EXPECT_EQ(All(notifications).size(), 1);
}

}  // namespace
}  // namespace resource_broker::sdk
