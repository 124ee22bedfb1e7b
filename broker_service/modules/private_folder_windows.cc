#include <winsock2.h>

#include "broker_service/modules/private_folder.h"
// After winsock2.h, which it would replace by its older self.
#include <sddl.h>
#include <windows.h>

#include <memory>

#include "ipc/error_windows.h"

namespace resource_broker::broker {
namespace {

// Not inherited from above, where every user may make files: full access for LocalSystem, administrators and the owner,
// also to what is made inside.
constexpr wchar_t kPrivate[] = L"D:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;FA;;;OW)";

struct FreeLocal {
  void operator()(void* memory) const { LocalFree(memory); }
};

}  // namespace

absl::Status MakePrivateFolder(const std::filesystem::path& folder) {
  if (folder.empty()) return absl::OkStatus();
  PSECURITY_DESCRIPTOR descriptor = nullptr;
  if (!ConvertStringSecurityDescriptorToSecurityDescriptorW(kPrivate, SDDL_REVISION_1, &descriptor, nullptr)) {
    return ipc::LastWindowsError("ConvertStringSecurityDescriptorToSecurityDescriptorW");
  }
  const std::unique_ptr<void, FreeLocal> owner(descriptor);
  SECURITY_ATTRIBUTES attributes = {sizeof(attributes), descriptor, FALSE};
  std::filesystem::path made = folder.root_path();
  for (const std::filesystem::path& part : folder.relative_path()) {
    made /= part;
    if (CreateDirectoryW(made.c_str(), &attributes)) continue;
    // A root and what others made for us need not let us make folders beside it.
    const DWORD error = GetLastError();
    if (error == ERROR_ALREADY_EXISTS || GetFileAttributesW(made.c_str()) != INVALID_FILE_ATTRIBUTES) continue;
    return ipc::WindowsError(error, made.u8string());
  }
  return absl::OkStatus();
}

void RemoveAddress(const std::string& address) {}

}  // namespace resource_broker::broker
