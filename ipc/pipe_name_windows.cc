#include "ipc/pipe_name_windows.h"

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "ipc/utf16.h"

namespace resource_broker::ipc {
namespace {

constexpr absl::string_view kScheme = "npipe:////./pipe/";
constexpr wchar_t kFolder[] = L"\\\\.\\pipe\\";
// The system's limit for the whole of it.
constexpr size_t kMaxLength = 256;

}  // namespace

absl::StatusOr<std::wstring> PipeName(const std::string& address) {
  absl::string_view name = address;
  if (!absl::ConsumePrefix(&name, kScheme)) {
    return absl::InvalidArgumentError(absl::StrCat("address \"", address, "\" does not begin with ", kScheme));
  }
  const absl::StatusOr<std::u16string> wide = Utf16FromUtf8({name.data(), name.size()});
  if (!wide.ok()) return absl::Status(wide.status().code(), absl::StrCat("address: ", wide.status().message()));
  if (wide->empty()) return absl::InvalidArgumentError(absl::StrCat("address \"", address, "\" names no pipe"));
  std::wstring path = kFolder;
  for (const char16_t unit : *wide) {
    if (unit == u'\\' || unit < u' ') {
      return absl::InvalidArgumentError(
          absl::StrCat("address \"", address, "\": a pipe's name has no backslash and no control character"));
    }
    path.push_back(static_cast<wchar_t>(unit));
  }
  if (path.size() > kMaxLength) {
    return absl::InvalidArgumentError(
        absl::StrCat("address \"", address, "\" is longer than the system's ", kMaxLength, " characters"));
  }
  return path;
}

}  // namespace resource_broker::ipc
