// Exceptions, and their dumps.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "broker_service/modules/testing/child.h"
#include "broker_service/modules/testing/installed_modules.h"
#include "broker_service/panic/panic.h"

namespace resource_broker::broker::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

constexpr int64_t kAccessViolation = 0xC0000005;

class PanicWindowsTest : public ::testing::Test {
 protected:
  int64_t Run(const std::string& how) {
    ChildOptions options;
    options.program = fs::u8path(PANIC_SUBJECT);
    options.arguments = {"-", dumps_.u8string(), how};
    options.folder = folder_.path();
    Child child(options);
    const int64_t exit_code = child.AwaitEnd().exit_code;
    errors_ = child.Errors();
    return exit_code;
  }
  std::vector<std::string> Dumps() const {
    std::vector<std::string> names;
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(dumps_, error)) names.push_back(entry.path().filename().u8string());
    return names;
  }

  TemporaryFolder folder_;
  const fs::path dumps_ = folder_.path() / "dumps";
  std::string errors_;
};

TEST_F(PanicWindowsTest, Exception_LeavesADumpWhosePathIsSaidAndEndsWithItsCode) {
  EXPECT_EQ(Run("fault"), kAccessViolation) << errors_;
  EXPECT_THAT(errors_, HasSubstr("panic: exception 0xc0000005 at 0x"));
  ASSERT_THAT(Dumps(), SizeIs(1)) << errors_;
  const fs::path dump = dumps_ / Dumps()[0];
  EXPECT_THAT(errors_, HasSubstr("dump: " + dump.u8string()));
  std::ifstream stream(dump, std::ios::binary);
  std::string signature(4, ' ');
  stream.read(signature.data(), 4);
  EXPECT_EQ(signature, "MDMP");
}

TEST_F(PanicWindowsTest, Abort_LeavesADumpAndEndsWithCode3) {
  EXPECT_EQ(Run("throw"), 3) << errors_;
  EXPECT_THAT(errors_, HasSubstr("no such thing as a whale"));
  EXPECT_THAT(Dumps(), SizeIs(1)) << errors_;
}

TEST_F(PanicWindowsTest, ManyCrashes_LeaveTheNewestDumps) {
  for (int i = 1; i <= 8; ++i) {
    WriteFile(dumps_ / absl::StrCat("resource_broker-2020010", i, "T000000-1.dmp"), "MDMP");
  }
  WriteFile(dumps_ / "mine.dmp", "not the broker's");
  EXPECT_EQ(Run("fault"), kAccessViolation);
  // And the one that is not its own.
  EXPECT_THAT(Dumps(), SizeIs(kKeptDumps + 1));
  EXPECT_THAT(Dumps(), Contains("mine.dmp"));
  EXPECT_THAT(Dumps(), Contains("resource_broker-20200108T000000-1.dmp"));
  EXPECT_THAT(Dumps(), Not(Contains("resource_broker-20200104T000000-1.dmp")));
}

}  // namespace
}  // namespace resource_broker::broker::testing
