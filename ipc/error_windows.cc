#include "ipc/error_windows.h"

#include <winsock2.h>
// After winsock2.h.
#include <windows.h>

#include <array>
#include <string>

#include "absl/strings/str_cat.h"
#include "ipc/utf16.h"

namespace resource_broker::ipc {
namespace {

absl::StatusCode CodeOf(uint32_t code) {
  switch (code) {
    case ERROR_ACCESS_DENIED:
    case ERROR_PRIVILEGE_NOT_HELD:
    case ERROR_CANT_OPEN_ANONYMOUS:
      return absl::StatusCode::kPermissionDenied;
    case ERROR_FILE_NOT_FOUND:
    case ERROR_PATH_NOT_FOUND:
      return absl::StatusCode::kNotFound;
    case ERROR_ALREADY_EXISTS:
      return absl::StatusCode::kAlreadyExists;
    case ERROR_NOT_ENOUGH_MEMORY:
    case ERROR_OUTOFMEMORY:
    case ERROR_NO_SYSTEM_RESOURCES:
    case ERROR_TOO_MANY_OPEN_FILES:
      return absl::StatusCode::kResourceExhausted;
    case ERROR_PIPE_BUSY:
    case ERROR_BROKEN_PIPE:
    case ERROR_NO_DATA:
    case ERROR_PIPE_NOT_CONNECTED:
    case ERROR_OPERATION_ABORTED:
      return absl::StatusCode::kUnavailable;
    default:
      return absl::StatusCode::kUnknown;
  }
}

std::string TextOf(uint32_t code) {
  std::array<wchar_t, 512> text{};
  // In English where that is installed, since logs travel.
  for (const DWORD language : {DWORD{MAKELANGID(LANG_ENGLISH, SUBLANG_ENGLISH_US)}, DWORD{0}}) {
    DWORD size = FormatMessageW(FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS, nullptr, code, language,
                                text.data(), static_cast<DWORD>(text.size()), nullptr);
    while (size > 0 && (text[size - 1] <= L' ' || text[size - 1] == L'.')) --size;
    if (size > 0) return Utf8FromWide({text.data(), size});
  }
  return "unknown error";
}

}  // namespace

absl::Status WindowsError(uint32_t code, absl::string_view what) {
  return absl::Status(CodeOf(code), absl::StrCat(what, ": ", TextOf(code), " (error ", code, ")"));
}

absl::Status LastWindowsError(absl::string_view what) { return WindowsError(GetLastError(), what); }

}  // namespace resource_broker::ipc
