#include "resource_modules/sdk/operation_flags.h"

#include <gtest/gtest.h>

#include <vector>

namespace resource_broker::sdk {
namespace {

using Question = bool (OperationFlags::*)() const;

struct Case {
  Question question;
  // The bit of each set of flags; 0 where it has none.
  uint32_t online;
  uint32_t offline;
};

const std::vector<Case> kCases = {
    {&OperationFlags::ignore_resource_status, 0x02, 0x01},
    {&OperationFlags::return_to_source_node_on_error, 0x04, 0x02},
    {&OperationFlags::ignore_network_connectivity, 0x10, 0x20},
    {&OperationFlags::queue_enabled, 0, 0x04},
    {&OperationFlags::returning_to_source_node_because_of_error, 0, 0x08},
    {&OperationFlags::due_to_embedded_failure, 0, 0x10},
    {&OperationFlags::do_not_update_persistent_state, 0, 0x40},
    {&OperationFlags::recover_monitor_state, 0x01, 0},
    {&OperationFlags::restore_online_state, 0x08, 0},
};

TEST(OperationFlagsTest, EveryBit_AnswersItsOwnQuestionInItsOwnSet) {
  for (int shift = 0; shift < 32; ++shift) {
    uint32_t bit = uint32_t{1} << shift;
    for (const Case& one : kCases) {
      EXPECT_EQ((OperationFlags(v1::ONLINE, bit).*one.question)(), bit == one.online) << bit;
      EXPECT_EQ((OperationFlags(v1::OFFLINE, bit).*one.question)(), bit == one.offline) << bit;
      EXPECT_EQ((OperationFlags(v1::OFFLINE, ~bit).*one.question)(), one.offline != 0 && bit != one.offline) << bit;
    }
  }
}

TEST(OperationFlagsTest, RawBits_AreKept) {
  EXPECT_EQ(OperationFlags(v1::OFFLINE, 0xFFFFFFFF).raw(), 0xFFFFFFFF);
  EXPECT_EQ(OperationFlags(v1::ONLINE, 0x80000000).raw(), 0x80000000);
}

TEST(OperationFlagsTest, IgnoreStatusAndTheWayBack_MustNotWait) {
  EXPECT_TRUE(OperationFlags(v1::OFFLINE, 0x01).must_not_wait());
  EXPECT_TRUE(OperationFlags(v1::OFFLINE, 0x08).must_not_wait());
  EXPECT_TRUE(OperationFlags(v1::ONLINE, 0x02).must_not_wait());
  EXPECT_FALSE(OperationFlags(v1::OFFLINE, 0x04 | 0x02).must_not_wait());
  EXPECT_FALSE(OperationFlags(v1::ONLINE, 0x08 | 0x01).must_not_wait());
}

}  // namespace
}  // namespace resource_broker::sdk
