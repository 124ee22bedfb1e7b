#include <winsock2.h>
// clang-format off
#include <windows.h>
// clang-format on

#include <array>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "clients/rhs_host/dynamic_library.h"
#include "ipc/utf16.h"

namespace resource_broker::rhs_host {

absl::StatusOr<DynamicLibrary> DynamicLibrary::Load(const std::string& path) {
  std::array<wchar_t, 32768> full{};
  const DWORD length =
      GetFullPathNameW(ipc::WideFromUtf8(path).c_str(), static_cast<DWORD>(full.size()), full.data(), nullptr);
  if (length == 0 || length >= full.size()) return absl::NotFoundError(absl::StrCat(path, " is not a path"));
  // Its own folder comes first for what it imports, as when RHS loads a DLL by its full path.
  HMODULE handle = LoadLibraryExW(full.data(), nullptr, LOAD_WITH_ALTERED_SEARCH_PATH);
  if (handle == nullptr) {
    return absl::NotFoundError(absl::StrCat(path, ": Windows error ", GetLastError()));
  }
  return DynamicLibrary(handle);
}

void* DynamicLibrary::Find(const char* name) const {
  return reinterpret_cast<void*>(GetProcAddress(static_cast<HMODULE>(handle_), name));
}

uint32_t LastErrorCode() { return GetLastError(); }

void SetLastErrorCode(uint32_t code) { SetLastError(code); }

}  // namespace resource_broker::rhs_host
