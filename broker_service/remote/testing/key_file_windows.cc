#include <winsock2.h>
// After winsock2.h, which it would replace by its older self.
#include <gtest/gtest.h>
#include <windows.h>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "broker_service/remote/testing/key_file.h"
#include "ipc/identity_windows.h"
#include "ipc/security_windows.h"
#include "ipc/unique_handle_windows.h"

namespace resource_broker::broker::testing {

void WriteKeyFile(const std::filesystem::path& file, const std::string& key) {
  const absl::StatusOr<ipc::PeerIdentity> self = ipc::OwnIdentity();
  ASSERT_TRUE(self.ok()) << self.status();
  const absl::StatusOr<ipc::UniqueDescriptor> descriptor =
      ipc::ParseDescriptor(absl::StrCat("D:P(A;;FA;;;SY)(A;;FA;;;BA)(A;;FA;;;", self->account, ")"));
  ASSERT_TRUE(descriptor.ok()) << descriptor.status();
  // Written beside and put in its place at once, as the broker may read the file at any moment. Rights are given at the
  // creation: Wine's file has those of its mode for ever.
  std::filesystem::path beside = file;
  beside += ".new";
  SECURITY_ATTRIBUTES security = {sizeof(security), descriptor->get(), FALSE};
  {
    const ipc::UniqueHandle handle(
        CreateFileW(beside.c_str(), GENERIC_WRITE, 0, &security, CREATE_NEW, FILE_ATTRIBUTE_NORMAL, nullptr));
    ASSERT_TRUE(handle.valid()) << GetLastError();
    DWORD written = 0;
    EXPECT_TRUE(::WriteFile(handle.get(), key.data(), static_cast<DWORD>(key.size()), &written, nullptr));
    EXPECT_EQ(written, key.size());
  }
  // Denied while a reader has the old one open, which it has for a moment.
  const absl::Time until = absl::Now() + absl::Seconds(10);
  while (!MoveFileExW(beside.c_str(), file.c_str(), MOVEFILE_REPLACE_EXISTING)) {
    const DWORD error = GetLastError();
    ASSERT_TRUE((error == ERROR_ACCESS_DENIED || error == ERROR_SHARING_VIOLATION) && absl::Now() < until) << error;
    SwitchToThread();
  }
}

}  // namespace resource_broker::broker::testing
