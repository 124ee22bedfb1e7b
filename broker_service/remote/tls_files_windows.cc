#include <winsock2.h>

#include "broker_service/remote/tls_files.h"
// After winsock2.h, which it would replace by its older self.
#include <aclapi.h>
#include <windows.h>

#include "absl/strings/str_cat.h"
#include "ipc/error_windows.h"
#include "ipc/identity_windows.h"
#include "ipc/security_windows.h"
#include "ipc/unique_handle_windows.h"

namespace resource_broker::broker {
namespace {

constexpr ACCESS_MASK kReadOrChange = FILE_READ_DATA | FILE_WRITE_DATA | FILE_APPEND_DATA | WRITE_DAC | WRITE_OWNER |
                                      GENERIC_READ | GENERIC_WRITE | GENERIC_ALL;

// LocalSystem, administrators, and "owner rights", which are the owner's.
bool IsTrusted(const std::string& account) {
  return account == "S-1-5-18" || account == "S-1-5-32-544" || account == "S-1-3-4";
}

absl::Status CheckEntry(const ACE_HEADER* header, const std::string& owner, const std::string& self) {
  if (header->AceType == ACCESS_DENIED_ACE_TYPE || (header->AceFlags & INHERIT_ONLY_ACE) != 0) return absl::OkStatus();
  if (header->AceType != ACCESS_ALLOWED_ACE_TYPE) {
    return absl::FailedPreconditionError(
        absl::StrCat("has an access control entry of a kind (", header->AceType, ") that is not understood"));
  }
  const auto* entry = reinterpret_cast<const ACCESS_ALLOWED_ACE*>(header);
  if ((entry->Mask & kReadOrChange) == 0) return absl::OkStatus();
  const absl::StatusOr<std::string> account = ipc::SidText(const_cast<DWORD*>(&entry->SidStart));
  if (!account.ok()) return account.status();
  if (IsTrusted(*account) || *account == owner || *account == self) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat("may be read or changed by ", *account,
                   ": leave rights to LocalSystem, administrators and the broker's account only (icacls)"));
}

absl::Status CheckAccess(HANDLE file) {
  const absl::StatusOr<ipc::PeerIdentity> self = ipc::OwnIdentity();
  if (!self.ok()) return self.status();
  PSID owner_sid = nullptr;
  PACL list = nullptr;
  PSECURITY_DESCRIPTOR descriptor = nullptr;
  const DWORD error = GetSecurityInfo(file, SE_FILE_OBJECT, OWNER_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION,
                                      &owner_sid, nullptr, &list, nullptr, &descriptor);
  if (error != ERROR_SUCCESS) return ipc::WindowsError(error, "has rights that can't be read");
  const ipc::UniqueDescriptor owned(descriptor);
  const absl::StatusOr<std::string> owner = ipc::SidText(owner_sid);
  if (!owner.ok()) return owner.status();
  if (!IsTrusted(*owner) && *owner != self->account) {
    return absl::FailedPreconditionError(
        absl::StrCat("belongs to ", *owner, ", and neither to the broker's account nor to administrators"));
  }
  if (list == nullptr) return absl::FailedPreconditionError("may be read and changed by everybody");
  for (DWORD i = 0; i < list->AceCount; ++i) {
    void* entry = nullptr;
    if (!GetAce(list, i, &entry)) return ipc::LastWindowsError("has rights that can't be read");
    absl::Status status = CheckEntry(static_cast<const ACE_HEADER*>(entry), *owner, self->account);
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::string> ReadPrivateFile(const std::filesystem::path& file, size_t limit) {
  const ipc::UniqueHandle handle(CreateFileW(file.c_str(), GENERIC_READ | READ_CONTROL,
                                             FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, nullptr,
                                             OPEN_EXISTING, 0, nullptr));
  if (!handle.valid()) return ipc::LastWindowsError("can't be opened");
  if (GetFileType(handle.get()) != FILE_TYPE_DISK) return absl::NotFoundError("is no file");
  if (absl::Status status = CheckAccess(handle.get()); !status.ok()) return status;
  std::string bytes(limit + 1, '\0');
  size_t size = 0;
  while (size < bytes.size()) {
    DWORD got = 0;
    if (!::ReadFile(handle.get(), bytes.data() + size, static_cast<DWORD>(bytes.size() - size), &got, nullptr)) {
      return ipc::LastWindowsError("can't be read");
    }
    if (got == 0) break;
    size += got;
  }
  bytes.resize(size);
  return bytes;
}

}  // namespace resource_broker::broker
