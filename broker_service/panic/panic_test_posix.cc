// Signals, and where the core goes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>

#include "broker_service/host/testing/program.h"
#include "broker_service/modules/testing/child.h"
#include "broker_service/modules/testing/installed_modules.h"
#include "broker_service/panic/panic.h"

namespace resource_broker::broker::testing {
namespace {

using ::testing::HasSubstr;

TEST(PanicPosixTest, Fault_LeavesALineWithItsAddressAndTheCoreHintAndEndsByTheSignal) {
  TemporaryFolder folder;
  ChildOptions options;
  options.program = std::filesystem::u8path(PANIC_SUBJECT);
  options.arguments = {"-", "dumps", "fault"};
  options.folder = folder.path();
  Child child(options);
  EXPECT_EQ(child.AwaitEnd().exit_code, -SIGSEGV);
  EXPECT_THAT(child.Errors(), HasSubstr("panic: SIGSEGV at 0x8; "));
  EXPECT_THAT(child.Errors(), HasSubstr("core"));
}

TEST(PanicPosixTest, CoreHint_SaysWhereCoresGoOrWhyTheyDoNot) {
  EXPECT_THAT(CoreHint(), ::testing::AnyOf(HasSubstr("the core goes to "), HasSubstr("no core: ")));
}

}  // namespace
}  // namespace resource_broker::broker::testing
