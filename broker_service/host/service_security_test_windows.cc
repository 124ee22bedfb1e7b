#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "broker_service/host/service_security_windows.h"
#include "broker_service/host/testing/access_list_windows.h"
#include "ipc/security_windows.h"

namespace resource_broker::broker::testing {
namespace {

using ::testing::ElementsAre;

TEST(ServiceSecurityTest, Descriptor_HoldsExactlyTheseEntries) {
  const auto descriptor = ipc::ParseDescriptor(kServiceSecurity);
  ASSERT_TRUE(descriptor.ok()) << descriptor.status();
  const AccessList list = ReadAccessList(descriptor->get());
  EXPECT_TRUE(list.is_protected);
  EXPECT_THAT(list.entries, ElementsAre(AccessEntry{ACCESS_ALLOWED_ACE_TYPE, 0, SERVICE_ALL_ACCESS, "S-1-5-18"},
                                        AccessEntry{ACCESS_ALLOWED_ACE_TYPE, 0, SERVICE_ALL_ACCESS, "S-1-5-32-544"},
                                        AccessEntry{ACCESS_ALLOWED_ACE_TYPE, 0, SERVICE_QUERY_STATUS, "S-1-5-11"}));
}

TEST(ServiceSecurityTest, ServiceSid_IsAsTheSystemMakesIt) {
  // The one everybody knows, from any Windows' Program Files.
  EXPECT_EQ(ServiceSid(L"TrustedInstaller"), "S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464");
  EXPECT_EQ(ServiceSid(L"trustedinstaller"), ServiceSid(L"TrustedInstaller"));
}

TEST(ServiceSecurityTest, Privileges_AreTheTwoThatAreJustified) {
  EXPECT_THAT(RequiredPrivileges(), ElementsAre(L"SeChangeNotifyPrivilege", L"SeImpersonatePrivilege"));
}

}  // namespace
}  // namespace resource_broker::broker::testing
