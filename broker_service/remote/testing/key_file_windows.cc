#include <winsock2.h>
// clang-format off
#include <windows.h>
#include <aclapi.h>
// clang-format on
#include <gtest/gtest.h>

#include "broker_service/modules/testing/installed_modules.h"
#include "broker_service/remote/testing/key_file.h"
#include "ipc/security_windows.h"

namespace resource_broker::broker::testing {

void WriteKeyFile(const std::filesystem::path& file, const std::string& key) {
  WriteFile(file, key);
  const absl::StatusOr<ipc::UniqueDescriptor> descriptor = ipc::ParseDescriptor("D:P(A;;FA;;;SY)(A;;FA;;;BA)");
  ASSERT_TRUE(descriptor.ok()) << descriptor.status();
  BOOL present = FALSE;
  BOOL defaulted = FALSE;
  PACL list = nullptr;
  ASSERT_TRUE(GetSecurityDescriptorDacl(descriptor->get(), &present, &list, &defaulted));
  std::wstring name = file.native();
  ASSERT_EQ(SetNamedSecurityInfoW(name.data(), SE_FILE_OBJECT,
                                  DACL_SECURITY_INFORMATION | PROTECTED_DACL_SECURITY_INFORMATION, nullptr, nullptr,
                                  list, nullptr),
            static_cast<DWORD>(ERROR_SUCCESS));
}

}  // namespace resource_broker::broker::testing
