// A broker that is killed while it stages.
#include <csignal>

#include "broker_service/faults/faults.h"
#include "broker_service/modules/file_set.h"
#include "broker_service/packages/testing/package_fixture.h"

namespace resource_broker::broker::testing {
namespace {

class KilledStagingTest : public PackageTest {
 protected:
  void SetUp() override { GTEST_FLAG_SET(death_test_style, "fast"); }

  // In a process of its own.
  void StageAndDie(const std::string& action) {
    const std::string zip = ZipOf(GoodContents());
    EXPECT_EXIT(
        {
          v1::BrokerConfig::FaultSettings settings;
          settings.set_allowed(true);
          settings.add_armed()->set_point("package.rename");
          settings.mutable_armed(0)->set_action(action);
          Faults::OfProcess().Configure(settings);
          Stage(zip).IgnoreError();
        },
        ::testing::KilledBySignal(SIGKILL), "");
  }
};

TEST_F(KilledStagingTest, KilledWhenUnpacked_NothingIsInstalledAndTheNextBrokerCleansUp) {
  StageAndDie("CRASH_BEFORE");
  EXPECT_EQ(Installed().count("m/1.0.0/run"), 0U);
  EXPECT_GT(Installed().size(), 1U);
  Staging(options_).CleanUp();
  EXPECT_EQ(Installed(), (Contents{{".staging/", ""}, {"m/", ""}}));
  const auto staged = Stage(ZipOf(GoodContents()));
  ASSERT_TRUE(staged.ok()) << staged.status();
  EXPECT_FALSE(staged->already_staged);
}

TEST_F(KilledStagingTest, KilledWhenRenamed_ItIsInstalledAsAWhole) {
  StageAndDie("CRASH_AFTER");
  EXPECT_EQ(ReadFolder(options_.modules_directory / "m" / "1.0.0"), GoodContents());
  Staging(options_).CleanUp();
  const auto staged = Stage(ZipOf(GoodContents()));
  ASSERT_TRUE(staged.ok()) << staged.status();
  EXPECT_TRUE(staged->already_staged);
}

}  // namespace
}  // namespace resource_broker::broker::testing
