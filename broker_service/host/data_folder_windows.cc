#include "broker_service/host/data_folder_windows.h"

#include <winsock2.h>
// After winsock2.h, which it would replace by its older self.
#include <windows.h>
// After windows.h.
#include <aclapi.h>

#include <system_error>

#include "absl/strings/str_cat.h"
#include "broker_service/file_rights_windows.h"
#include "broker_service/host/service_names_windows.h"
#include "broker_service/host/service_security_windows.h"
#include "broker_service/modules/private_folder.h"
#include "ipc/error_windows.h"
#include "ipc/security_windows.h"
#include "ipc/unique_handle_windows.h"

namespace resource_broker::broker {
namespace {

namespace fs = std::filesystem;

constexpr wchar_t kLogs[] = L"logs";

// Whether it is plainly a folder for something else, whose rights are not ours to change.
bool IsForeign(const fs::path& folder) {
  if (!folder.has_relative_path()) return true;
  std::error_code error;
  if (fs::is_empty(folder, error)) return false;
  for (const wchar_t* ours : {L"broker.json", L"journal.db", kLogs, L"modules"}) {
    if (fs::exists(folder / ours, error)) return false;
  }
  return true;
}

absl::Status Named(const fs::path& folder, const absl::Status& status) {
  return absl::Status(status.code(), absl::StrCat("dataDirectory: ", folder.u8string(), " ", status.message()));
}

// OK where it is an administrator's, or the broker's own.
absl::Status CheckOwnerOf(const fs::path& folder) {
  const ipc::UniqueHandle handle(CreateFileW(folder.c_str(), READ_CONTROL,
                                             FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, nullptr,
                                             OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS, nullptr));
  if (!handle.valid()) return ipc::LastWindowsError("can't be opened");
  return CheckOwner(handle.get(), SE_FILE_OBJECT);
}

}  // namespace

std::string DataFolderSecurity() {
  return absl::StrCat("D:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;0x1301bf;;;", ServiceSid(kServiceName), ")");
}

absl::Status SecureDataFolder(const fs::path& folder) {
  if (absl::Status status = MakePrivateFolder(folder); !status.ok()) return status;
  if (IsForeign(folder)) {
    return Named(folder, absl::FailedPreconditionError("holds other things than the broker's: name an empty folder"));
  }
  // Its owner may have put files there before us.
  if (absl::Status status = CheckOwnerOf(folder); !status.ok()) return Named(folder, status);
  const absl::StatusOr<ipc::UniqueDescriptor> descriptor = ipc::ParseDescriptor(DataFolderSecurity());
  if (!descriptor.ok()) return descriptor.status();
  PACL list = nullptr;
  BOOL present = FALSE;
  BOOL defaulted = FALSE;
  if (!GetSecurityDescriptorDacl(descriptor->get(), &present, &list, &defaulted)) {
    return ipc::LastWindowsError("GetSecurityDescriptorDacl");
  }
  std::wstring path = folder.wstring();
  // This one, unlike SetFileSecurity, also gives them to what is there and inherits.
  const DWORD error = SetNamedSecurityInfoW(path.data(), SE_FILE_OBJECT,
                                            DACL_SECURITY_INFORMATION | PROTECTED_DACL_SECURITY_INFORMATION, nullptr,
                                            nullptr, list, nullptr);
  if (error != ERROR_SUCCESS) return Named(folder, ipc::WindowsError(error, "keeps its rights"));
  if (CreateDirectoryW((folder / kLogs).c_str(), nullptr) || GetLastError() == ERROR_ALREADY_EXISTS) {
    return absl::OkStatus();
  }
  return ipc::LastWindowsError((folder / kLogs).u8string());
}

}  // namespace resource_broker::broker
