#include <gmock/gmock.h>

#include <filesystem>

#include "broker_service/modules/testing/installed_modules.h"
#include "broker_service/remote/tls_files.h"

namespace resource_broker::broker {
namespace {

using std::filesystem::perms;

class TlsFilesTest : public ::testing::Test {
 protected:
  absl::Status ReadWithMode(perms mode) {
    std::filesystem::permissions(file_, mode);
    return ReadPrivateFile(file_, 100).status();
  }

  testing::TemporaryFolder folder_;
  const std::filesystem::path file_ = folder_.path() / "node.key";
};

TEST_F(TlsFilesTest, KeyOthersHaveARightTo_IsRefused) {
  testing::WriteFile(file_, "key");
  for (const perms others : {perms::group_read, perms::group_write, perms::others_read, perms::others_write}) {
    const absl::Status status = ReadWithMode(perms::owner_read | others);
    EXPECT_TRUE(absl::IsFailedPrecondition(status)) << status;
    EXPECT_THAT(std::string(status.message()), ::testing::HasSubstr("chmod 600"));
  }
  EXPECT_TRUE(ReadWithMode(perms::owner_read).ok());
  EXPECT_TRUE(ReadWithMode(perms::owner_read | perms::owner_write).ok());
}

TEST_F(TlsFilesTest, WhatIsNoFile_IsNotFound) {
  EXPECT_TRUE(absl::IsNotFound(ReadPrivateFile(file_, 100).status()));
  EXPECT_TRUE(absl::IsNotFound(ReadPrivateFile(folder_.path(), 100).status()));
}

TEST_F(TlsFilesTest, LongFile_IsReadToOneBeyondTheLimit) {
  testing::WriteFile(file_, std::string(500, 'k'));
  std::filesystem::permissions(file_, perms::owner_read);
  EXPECT_EQ(ReadPrivateFile(file_, 100)->size(), 101U);
}

}  // namespace
}  // namespace resource_broker::broker
