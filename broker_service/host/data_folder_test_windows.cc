#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "broker_service/host/data_folder_windows.h"
// After winsock2.h.
#include <winsock2.h>
// After winsock2.h.
#include <aclapi.h>

#include "broker_service/host/service_security_windows.h"
#include "broker_service/host/testing/access_list_windows.h"
#include "broker_service/modules/testing/installed_modules.h"
#include "ipc/security_windows.h"
#include "ipc/testing/wine_windows.h"

namespace resource_broker::broker::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr BYTE kInherited = OBJECT_INHERIT_ACE | CONTAINER_INHERIT_ACE;

AccessList ListOf(const fs::path& folder) {
  PSECURITY_DESCRIPTOR descriptor = nullptr;
  std::wstring path = folder.wstring();
  EXPECT_EQ(GetNamedSecurityInfoW(path.data(), SE_FILE_OBJECT, DACL_SECURITY_INFORMATION, nullptr, nullptr, nullptr,
                                  nullptr, &descriptor),
            DWORD{ERROR_SUCCESS});
  const ipc::UniqueDescriptor owned(descriptor);
  return ReadAccessList(descriptor);
}

TEST(DataFolderTest, Descriptor_HoldsExactlyTheseEntries) {
  const auto descriptor = ipc::ParseDescriptor(DataFolderSecurity());
  ASSERT_TRUE(descriptor.ok()) << descriptor.status();
  const AccessList list = ReadAccessList(descriptor->get());
  EXPECT_TRUE(list.is_protected);
  EXPECT_THAT(list.entries,
              ElementsAre(AccessEntry{ACCESS_ALLOWED_ACE_TYPE, kInherited, FILE_ALL_ACCESS, "S-1-5-18"},
                          AccessEntry{ACCESS_ALLOWED_ACE_TYPE, kInherited, FILE_ALL_ACCESS, "S-1-5-32-544"},
                          AccessEntry{ACCESS_ALLOWED_ACE_TYPE, kInherited, 0x1301bf, ServiceSid(L"ResourceBroker")}));
  EXPECT_EQ(0x1301bf & (WRITE_DAC | WRITE_OWNER), 0);
}

TEST(DataFolderTest, Secured_HasItsFoldersAndNobodyElseHasRights) {
  TemporaryFolder base;
  const fs::path data = base.path() / "new" / "data";
  ASSERT_TRUE(SecureDataFolder(data).ok());
  EXPECT_TRUE(fs::is_directory(data / "logs"));
  // Again, and it is the same.
  EXPECT_TRUE(SecureDataFolder(data).ok());
  if (ipc::testing::IsWine())
    GTEST_SKIP() << "Wine keeps a mode of the file instead of entries: what is handed over is tested above";
  for (const fs::path& folder : {data, data / "logs"}) {
    const AccessList list = ListOf(folder);
    // Everyone, users, authenticated users.
    for (const char* account : {"S-1-1-0", "S-1-5-32-545", "S-1-5-11"}) {
      EXPECT_THAT(list.entries, Not(Contains(Field(&AccessEntry::account, account)))) << folder;
    }
  }
  EXPECT_TRUE(ListOf(data).is_protected);
  EXPECT_THAT(ListOf(data).entries, ::testing::SizeIs(3));
  EXPECT_THAT(ListOf(data / "logs").entries, ::testing::SizeIs(3));
}

TEST(DataFolderTest, FolderOfSomethingElse_KeepsItsRightsAndIsRefused) {
  TemporaryFolder base;
  WriteFile(base.path() / "accounts.xls", "");
  const absl::Status status = SecureDataFolder(base.path());
  EXPECT_TRUE(absl::IsFailedPrecondition(status)) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("name an empty folder"));
  EXPECT_FALSE(fs::exists(base.path() / "logs"));
  EXPECT_TRUE(absl::IsFailedPrecondition(SecureDataFolder("C:\\")));
}

TEST(DataFolderTest, FolderWithAConfiguration_IsTheBrokers) {
  TemporaryFolder base;
  WriteFile(base.path() / "broker.json", "{}");
  EXPECT_TRUE(SecureDataFolder(base.path()).ok());
}

}  // namespace
}  // namespace resource_broker::broker::testing
