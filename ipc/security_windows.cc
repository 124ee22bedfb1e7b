#include "ipc/security_windows.h"

#include <sddl.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "ipc/error_windows.h"
#include "ipc/utf16.h"

namespace resource_broker::ipc {

std::string DefaultDescriptor(const std::string& account) {
  return absl::StrFormat("D:P(D;;FA;;;NU)(A;;0x%x;;;SY)(A;;0x%x;;;BA)(A;;FA;;;%s)", kClientRights, kClientRights,
                         account);
}

absl::StatusOr<UniqueDescriptor> ParseDescriptor(const std::string& sddl) {
  PSECURITY_DESCRIPTOR descriptor = nullptr;
  if (!ConvertStringSecurityDescriptorToSecurityDescriptorW(WideFromUtf8(sddl).c_str(), SDDL_REVISION_1, &descriptor,
                                                            nullptr)) {
    return absl::InvalidArgumentError(LastWindowsError(absl::StrCat("security_descriptor \"", sddl, "\"")).message());
  }
  return UniqueDescriptor(descriptor);
}

absl::StatusOr<std::string> SidText(PSID sid) {
  wchar_t* text = nullptr;
  if (!ConvertSidToStringSidW(sid, &text)) return LastWindowsError("ConvertSidToStringSid");
  const std::unique_ptr<wchar_t, LocalFreer> owned(text);
  return Utf8FromWide(text);
}

}  // namespace resource_broker::ipc
