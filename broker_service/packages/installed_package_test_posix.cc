#include <sys/stat.h>

#include "broker_service/modules/file_set.h"
#include "broker_service/modules/manifest.h"
#include "broker_service/packages/installed_package.h"
#include "broker_service/packages/testing/package_fixture.h"

namespace resource_broker::broker::testing {
namespace {

namespace fs = std::filesystem;

using InstalledPackagePosixTest = PackageTest;

TEST_F(InstalledPackagePosixTest, LinkInPlaceOfAFile_IsRefusedThoughItsContentsAreRight) {
  const fs::path installed = options_.modules_directory / "m" / "1.0.0";
  WriteFolder(installed, GoodContents());
  const v1::ModuleManifest manifest = *ParseManifest(GoodContents().at(kManifestFile));
  WriteFile(folder_.path() / "elsewhere", "rows");
  fs::remove(installed / "data" / "table");
  fs::create_symlink(folder_.path() / "elsewhere", installed / "data" / "table");
  EXPECT_EQ(VerifyInstalled(installed, manifest, {}).message(), "data/table: is a link, or no plain file");
  fs::remove_all(installed / "data");
  WriteFolder(folder_.path() / "data", {{"table", "rows"}});
  fs::create_directory_symlink(folder_.path() / "data", installed / "data");
  EXPECT_EQ(VerifyInstalled(installed, manifest, {}).message(), "data: is a link, or no plain file");
  fs::remove(installed / "data");
  ASSERT_EQ(mkfifo((installed / "data").c_str(), 0600), 0);
  EXPECT_EQ(VerifyInstalled(installed, manifest, {}).message(), "data: is a link, or no plain file");
}

TEST_F(InstalledPackagePosixTest, StagedProgram_MayBeRunAndDataMayNot) {
  const auto staged = Stage(ZipOf(GoodContents()));
  ASSERT_TRUE(staged.ok()) << staged.status();
  struct stat found = {};
  ASSERT_EQ(stat((options_.modules_directory / "m/1.0.0/run").c_str(), &found), 0);
  EXPECT_NE(found.st_mode & S_IXUSR, 0U);
  ASSERT_EQ(stat((options_.modules_directory / "m/1.0.0/data/table").c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & S_IXUSR, 0U);
}

}  // namespace
}  // namespace resource_broker::broker::testing
