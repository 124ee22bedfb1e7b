#include <winsock2.h>
// clang-format off
#include <windows.h>
#include <aclapi.h>
#include <sddl.h>
// clang-format on

#include <system_error>

#include "absl/strings/str_cat.h"
#include "clients/brokerctl/private_file.h"
#include "ipc/error_windows.h"
#include "ipc/identity_windows.h"
#include "ipc/security_windows.h"
#include "ipc/unique_handle_windows.h"
#include "ipc/utf16.h"

namespace resource_broker::brokerctl {
namespace {

constexpr char kLocalSystem[] = "S-1-5-18";
constexpr char kAdministrators[] = "S-1-5-32-544";
constexpr DWORD kAccess = FILE_READ_DATA | FILE_WRITE_DATA | FILE_APPEND_DATA | WRITE_DAC | WRITE_OWNER | GENERIC_READ |
                          GENERIC_WRITE | GENERIC_ALL;

absl::Status ErrorOf(const std::filesystem::path& file, DWORD error) {
  const std::string text =
      absl::StrCat(file.u8string(), ": ", std::error_code(static_cast<int>(error), std::system_category()).message());
  if (error == ERROR_FILE_EXISTS || error == ERROR_ALREADY_EXISTS) return absl::AlreadyExistsError(text);
  if (error == ERROR_FILE_NOT_FOUND || error == ERROR_PATH_NOT_FOUND) return absl::NotFoundError(text);
  return absl::FailedPreconditionError(text);
}

}  // namespace

absl::Status WriteNewPrivateFile(const std::filesystem::path& file, absl::string_view text) {
  const absl::StatusOr<ipc::PeerIdentity> self = ipc::OwnIdentity();
  if (!self.ok()) return self.status();
  const absl::StatusOr<ipc::UniqueDescriptor> descriptor =
      ipc::ParseDescriptor(absl::StrCat("D:P(A;;FA;;;SY)(A;;FA;;;BA)(A;;FA;;;", self->account, ")"));
  if (!descriptor.ok()) return descriptor.status();
  SECURITY_ATTRIBUTES security = {sizeof(security), descriptor->get(), FALSE};
  const HANDLE handle =
      CreateFileW(file.c_str(), GENERIC_WRITE, 0, &security, CREATE_NEW, FILE_ATTRIBUTE_NORMAL, nullptr);
  if (handle == INVALID_HANDLE_VALUE) return ErrorOf(file, GetLastError());
  DWORD written = 0;
  const bool whole = WriteFile(handle, text.data(), static_cast<DWORD>(text.size()), &written, nullptr) &&
                     written == text.size() && FlushFileBuffers(handle);
  const DWORD error = whole ? ERROR_SUCCESS : GetLastError();
  CloseHandle(handle);
  if (whole) return absl::OkStatus();
  DeleteFileW(file.c_str());
  return ErrorOf(file, error);
}

absl::Status MakePrivateFolder(const std::filesystem::path& folder) {
  std::error_code error;
  // %APPDATA% is this user's already.
  if (!folder.empty()) std::filesystem::create_directories(folder, error);
  return error ? ErrorOf(folder, static_cast<DWORD>(error.value())) : absl::OkStatus();
}

absl::Status CheckPrivate(const std::filesystem::path& file) {
  PSID owner = nullptr;
  PACL list = nullptr;
  PSECURITY_DESCRIPTOR descriptor = nullptr;
  const DWORD error =
      GetNamedSecurityInfoW(file.c_str(), SE_FILE_OBJECT, OWNER_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION,
                            &owner, nullptr, &list, nullptr, &descriptor);
  if (error != ERROR_SUCCESS) return ErrorOf(file, error);
  const ipc::UniqueDescriptor freed(descriptor);
  const absl::StatusOr<std::string> owner_sid = ipc::SidText(owner);
  const absl::StatusOr<ipc::PeerIdentity> self = ipc::OwnIdentity();
  if (!owner_sid.ok() || !self.ok()) return owner_sid.ok() ? self.status() : owner_sid.status();
  const auto allowed = [&](const std::string& sid) {
    return sid == self->account || sid == kLocalSystem || sid == kAdministrators;
  };
  if (!allowed(*owner_sid)) {
    return absl::FailedPreconditionError(absl::StrCat(file.u8string(), ": belongs to another user (", *owner_sid, ")"));
  }
  if (list == nullptr) return absl::FailedPreconditionError(absl::StrCat(file.u8string(), ": everybody can read it"));
  for (WORD i = 0; i < list->AceCount; ++i) {
    void* entry = nullptr;
    if (!GetAce(list, i, &entry)) return ErrorOf(file, GetLastError());
    auto* const ace = static_cast<ACCESS_ALLOWED_ACE*>(entry);
    if (ace->Header.AceType != ACCESS_ALLOWED_ACE_TYPE || (ace->Mask & kAccess) == 0) continue;
    const absl::StatusOr<std::string> sid = ipc::SidText(&ace->SidStart);
    if (sid.ok() && allowed(*sid)) continue;
    return absl::FailedPreconditionError(
        absl::StrCat(file.u8string(), ": others can read or change it (", sid.ok() ? *sid : "an unknown account",
                     "); let only yourself, SYSTEM and Administrators have access (icacls /inheritance:r)"));
  }
  return absl::OkStatus();
}

}  // namespace resource_broker::brokerctl
