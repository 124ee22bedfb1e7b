#include <gtest/gtest.h>
#include <sys/stat.h>

#include "broker_service/modules/private_folder.h"
#include "broker_service/modules/testing/installed_modules.h"

namespace resource_broker::broker::testing {
namespace {

mode_t ModeOf(const std::filesystem::path& folder) {
  struct stat found = {};
  EXPECT_EQ(stat(folder.c_str(), &found), 0) << folder;
  return found.st_mode & 07777;
}

TEST(PrivateFolderTest, MissingFolders_AreMadeForThisAccountAlone) {
  TemporaryFolder base;
  ASSERT_TRUE(MakePrivateFolder(base.path() / "a" / "b").ok());
  EXPECT_EQ(ModeOf(base.path() / "a"), 0700U);
  EXPECT_EQ(ModeOf(base.path() / "a" / "b"), 0700U);
  ASSERT_EQ(chmod((base.path() / "a").c_str(), 0750), 0);
  EXPECT_TRUE(MakePrivateFolder(base.path() / "a" / "b").ok());
  EXPECT_EQ(ModeOf(base.path() / "a"), 0750U);
}

TEST(PrivateFolderTest, CannotBeMade_TheErrorNamesIt) {
  TemporaryFolder base;
  WriteFile(base.path() / "file", "");
  const absl::Status status = MakePrivateFolder(base.path() / "file" / "folder");
  EXPECT_FALSE(status.ok());
  EXPECT_NE(status.message().find("folder"), absl::string_view::npos);
}

}  // namespace
}  // namespace resource_broker::broker::testing
