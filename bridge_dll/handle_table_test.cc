#include "bridge_dll/handle_table.h"

#include <gtest/gtest.h>

#include <set>

namespace resource_broker::bridge {
namespace {

std::shared_ptr<int> Value(int value) { return std::make_shared<int>(value); }

TEST(HandleTable, FindsWhatWasInserted) {
  HandleTable<int> table(10);
  const resapi::RESID one = table.Insert(Value(1));
  const resapi::RESID two = table.Insert(Value(2));
  ASSERT_TRUE(one != nullptr && two != nullptr);
  EXPECT_EQ(*table.Find(one), 1);
  EXPECT_EQ(*table.Find(two), 2);
}

TEST(HandleTable, RemovedHandle_FindsNothingAlsoWhenItsSlotIsUsedAgain) {
  HandleTable<int> table(1);
  const resapi::RESID first = table.Insert(Value(1));
  EXPECT_EQ(*table.Remove(first), 1);
  EXPECT_EQ(table.Find(first), nullptr);
  EXPECT_EQ(table.Remove(first), nullptr);
  const resapi::RESID second = table.Insert(Value(2));
  EXPECT_NE(first, second);
  EXPECT_EQ(table.Find(first), nullptr);
  EXPECT_EQ(*table.Find(second), 2);
}

TEST(HandleTable, FullTable_GivesNullUntilSomethingIsRemoved) {
  HandleTable<int> table(2);
  const resapi::RESID first = table.Insert(Value(1));
  table.Insert(Value(2));
  EXPECT_EQ(table.Insert(Value(3)), nullptr);
  table.Remove(first);
  EXPECT_NE(table.Insert(Value(3)), nullptr);
}

TEST(HandleTable, ThousandUsesOfOneSlot_GiveThousandHandles) {
  HandleTable<int> table(1);
  std::set<resapi::RESID> handles;
  for (int i = 0; i < 1000; ++i) {
    const resapi::RESID handle = table.Insert(Value(i));
    handles.insert(handle);
    table.Remove(handle);
  }
  EXPECT_EQ(handles.size(), 1000U);
}

TEST(HandleTable, PointersAndNumbers_AreNoHandles) {
  HandleTable<int> table(10);
  int here = 0;
  table.Insert(Value(1));
  EXPECT_EQ(table.Find(nullptr), nullptr);
  EXPECT_EQ(table.Find(&here), nullptr);
  for (uintptr_t bits = 1; bits < 4096; ++bits) EXPECT_EQ(table.Find(reinterpret_cast<resapi::RESID>(bits)), nullptr);
}

TEST(HandleTable, RemovedValue_LivesAsLongAsItIsHeld) {
  HandleTable<int> table(1);
  const resapi::RESID handle = table.Insert(Value(7));
  const std::shared_ptr<int> held = table.Find(handle);
  table.Remove(handle);
  EXPECT_EQ(*held, 7);
}

}  // namespace
}  // namespace resource_broker::bridge
