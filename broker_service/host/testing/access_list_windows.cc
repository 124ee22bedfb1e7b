#include "broker_service/host/testing/access_list_windows.h"

#include <gtest/gtest.h>

#include "ipc/security_windows.h"

namespace resource_broker::broker::testing {

std::ostream& operator<<(std::ostream& stream, const AccessEntry& entry) {
  return stream << "type " << int{entry.type} << ", flags " << int{entry.flags} << ", mask 0x" << std::hex << entry.mask
                << std::dec << ", " << entry.account;
}

AccessList ReadAccessList(PSECURITY_DESCRIPTOR descriptor) {
  AccessList read;
  SECURITY_DESCRIPTOR_CONTROL control = 0;
  DWORD revision = 0;
  EXPECT_TRUE(GetSecurityDescriptorControl(descriptor, &control, &revision));
  read.is_protected = (control & SE_DACL_PROTECTED) != 0;
  BOOL present = FALSE;
  BOOL defaulted = FALSE;
  PACL list = nullptr;
  EXPECT_TRUE(GetSecurityDescriptorDacl(descriptor, &present, &list, &defaulted));
  EXPECT_TRUE(present && list != nullptr);
  if (!present || list == nullptr) return read;
  for (DWORD i = 0; i < list->AceCount; ++i) {
    void* memory = nullptr;
    EXPECT_TRUE(GetAce(list, i, &memory));
    // Allowed and denied ones have the same layout.
    auto* entry = static_cast<ACCESS_ALLOWED_ACE*>(memory);
    read.entries.push_back(
        {entry->Header.AceType, entry->Header.AceFlags, entry->Mask, ipc::SidText(&entry->SidStart).value()});
  }
  return read;
}

}  // namespace resource_broker::broker::testing
