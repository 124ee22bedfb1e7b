#include "broker_service/file_rights_windows.h"
// After windows.h.
#include <aclapi.h>

#include <array>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "broker_service/file_rights.h"
#include "broker_service/host/service_names_windows.h"
#include "broker_service/host/service_security_windows.h"
#include "ipc/error_windows.h"
#include "ipc/identity_windows.h"
#include "ipc/security_windows.h"
#include "ipc/unique_handle_windows.h"

namespace resource_broker::broker {
namespace {

constexpr ACCESS_MASK kReadRights = FILE_READ_DATA | GENERIC_READ;

// LocalSystem, administrators, "owner rights", which are the owner's, and whoever installs Windows' own files, which is
// who owns Program Files.
bool IsTrusted(const std::string& account) {
  return account == "S-1-5-18" || account == "S-1-5-32-544" || account == "S-1-3-4" ||
         account == ServiceSid(L"TrustedInstaller") || account == ServiceSid(kServiceName);
}

struct Security {
  ipc::UniqueDescriptor descriptor;
  std::string owner;
  // Part of the descriptor; null: everybody may everything.
  PACL list = nullptr;
  // Of this process.
  std::string self;
  // Who owns what it makes: itself, or administrators where it is elevated; under Wine a group of its own.
  std::string self_owns_as;
};

absl::StatusOr<std::string> OwnerOfWhatWeMake() {
  HANDLE opened = nullptr;
  if (!OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &opened)) return ipc::LastWindowsError("OpenProcessToken");
  const ipc::UniqueHandle token(opened);
  alignas(TOKEN_OWNER) std::array<char, sizeof(TOKEN_OWNER) + SECURITY_MAX_SID_SIZE> buffer;
  DWORD size = 0;
  if (!GetTokenInformation(token.get(), TokenOwner, buffer.data(), static_cast<DWORD>(buffer.size()), &size)) {
    return ipc::LastWindowsError("GetTokenInformation");
  }
  return ipc::SidText(reinterpret_cast<const TOKEN_OWNER*>(buffer.data())->Owner);
}

absl::StatusOr<Security> Read(HANDLE object, SE_OBJECT_TYPE kind) {
  const absl::StatusOr<ipc::PeerIdentity> self = ipc::OwnIdentity();
  if (!self.ok()) return self.status();
  Security security;
  PSID owner_sid = nullptr;
  PSECURITY_DESCRIPTOR descriptor = nullptr;
  const DWORD error = GetSecurityInfo(object, kind, OWNER_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION, &owner_sid,
                                      nullptr, &security.list, nullptr, &descriptor);
  if (error != ERROR_SUCCESS) return ipc::WindowsError(error, "has rights that can't be read");
  security.descriptor = ipc::UniqueDescriptor(descriptor);
  const absl::StatusOr<std::string> owner = ipc::SidText(owner_sid);
  if (!owner.ok()) return owner.status();
  security.owner = *owner;
  security.self = self->account;
  absl::StatusOr<std::string> owns_as = OwnerOfWhatWeMake();
  if (!owns_as.ok()) return owns_as.status();
  security.self_owns_as = *std::move(owns_as);
  return security;
}

absl::Status CheckOwner(const Security& security) {
  if (IsTrusted(security.owner) || security.owner == security.self || security.owner == security.self_owns_as)
    return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat(
      "belongs to ", security.owner, ", and neither to the broker's account nor to administrators (takeown /a)"));
}

absl::Status CheckEntry(const ACE_HEADER* header, const Security& security, ACCESS_MASK rights) {
  if (header->AceType == ACCESS_DENIED_ACE_TYPE || (header->AceFlags & INHERIT_ONLY_ACE) != 0) return absl::OkStatus();
  if (header->AceType != ACCESS_ALLOWED_ACE_TYPE) {
    return absl::FailedPreconditionError(
        absl::StrCat("has an access control entry of a kind (", header->AceType, ") that is not understood"));
  }
  const auto* entry = reinterpret_cast<const ACCESS_ALLOWED_ACE*>(header);
  if ((entry->Mask & rights) == 0) return absl::OkStatus();
  const absl::StatusOr<std::string> account = ipc::SidText(const_cast<DWORD*>(&entry->SidStart));
  if (!account.ok()) return account.status();
  if (IsTrusted(*account) || *account == security.owner || *account == security.self) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat("may be ", (rights & kReadRights) != 0 ? "read or " : "", "changed by ", *account,
                   ": leave rights to LocalSystem, administrators and the broker's account only (icacls)"));
}

absl::Status CheckPath(const std::filesystem::path& path, ACCESS_MASK rights) {
  const ipc::UniqueHandle handle(CreateFileW(path.c_str(), READ_CONTROL,
                                             FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, nullptr,
                                             OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS, nullptr));
  if (!handle.valid()) return ipc::LastWindowsError(path.u8string());
  const absl::Status status = CheckRights(handle.get(), SE_FILE_OBJECT, rights);
  return absl::Status(status.code(), absl::StrCat(path.u8string(), " ", status.message()));
}

}  // namespace

absl::Status CheckOwner(HANDLE object, SE_OBJECT_TYPE kind) {
  const absl::StatusOr<Security> security = Read(object, kind);
  return security.ok() ? CheckOwner(*security) : security.status();
}

absl::Status CheckRights(HANDLE object, SE_OBJECT_TYPE kind, ACCESS_MASK rights) {
  const absl::StatusOr<Security> security = Read(object, kind);
  if (!security.ok()) return security.status();
  if (absl::Status status = CheckOwner(*security); !status.ok()) return status;
  if (security->list == nullptr) return absl::FailedPreconditionError("may be read and changed by everybody (icacls)");
  for (DWORD i = 0; i < security->list->AceCount; ++i) {
    void* entry = nullptr;
    if (!GetAce(security->list, i, &entry)) return ipc::LastWindowsError("has rights that can't be read");
    absl::Status status = CheckEntry(static_cast<const ACE_HEADER*>(entry), *security, rights);
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status CheckOthersCantChange(const std::filesystem::path& path) { return CheckPath(path, kChangeRights); }

absl::Status CheckOthersCantRead(const std::filesystem::path& path) {
  return CheckPath(path, kChangeRights | kReadRights);
}

}  // namespace resource_broker::broker
