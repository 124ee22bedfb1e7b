#include <winsock2.h>
// After winsock2.h, which it would replace by its older self.
#include <gtest/gtest.h>
#include <windows.h>

#include "absl/strings/str_cat.h"
#include "broker_service/remote/testing/key_file.h"
#include "ipc/identity_windows.h"
#include "ipc/security_windows.h"

namespace resource_broker::broker::testing {

void WriteKeyFile(const std::filesystem::path& file, const std::string& key) {
  const absl::StatusOr<ipc::PeerIdentity> self = ipc::OwnIdentity();
  ASSERT_TRUE(self.ok()) << self.status();
  const absl::StatusOr<ipc::UniqueDescriptor> descriptor =
      ipc::ParseDescriptor(absl::StrCat("D:P(A;;FA;;;SY)(A;;FA;;;BA)(A;;FA;;;", self->account, ")"));
  ASSERT_TRUE(descriptor.ok()) << descriptor.status();
  // Rights are given at the creation: Wine's file has those of its mode for ever.
  DeleteFileW(file.c_str());
  SECURITY_ATTRIBUTES security = {sizeof(security), descriptor->get(), FALSE};
  const HANDLE handle =
      CreateFileW(file.c_str(), GENERIC_WRITE, 0, &security, CREATE_NEW, FILE_ATTRIBUTE_NORMAL, nullptr);
  ASSERT_NE(handle, INVALID_HANDLE_VALUE) << GetLastError();
  DWORD written = 0;
  EXPECT_TRUE(::WriteFile(handle, key.data(), static_cast<DWORD>(key.size()), &written, nullptr));
  EXPECT_EQ(written, key.size());
  CloseHandle(handle);
}

}  // namespace resource_broker::broker::testing
