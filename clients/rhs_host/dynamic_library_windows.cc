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
namespace {

// Empty if it is none.
std::wstring FullPath(const std::string& path) {
  std::array<wchar_t, 32768> full{};
  const DWORD length =
      GetFullPathNameW(ipc::WideFromUtf8(path).c_str(), static_cast<DWORD>(full.size()), full.data(), nullptr);
  return length < full.size() ? std::wstring(full.data(), length) : std::wstring();
}

}  // namespace

absl::StatusOr<DynamicLibrary> DynamicLibrary::Load(const std::string& path) {
  const std::wstring full = FullPath(path);
  if (full.empty()) return absl::NotFoundError(absl::StrCat(path, " is not a path"));
  // Its own folder comes first for what it imports, as when RHS loads a DLL by its full path.
  HMODULE handle = LoadLibraryExW(full.c_str(), nullptr, LOAD_WITH_ALTERED_SEARCH_PATH);
  if (handle == nullptr) {
    return absl::NotFoundError(absl::StrCat(path, ": Windows error ", GetLastError()));
  }
  return DynamicLibrary(handle, path);
}

void DynamicLibrary::Unload() { FreeLibrary(static_cast<HMODULE>(handle_)); }

bool DynamicLibrary::IsLoaded(const std::string& path) { return GetModuleHandleW(FullPath(path).c_str()) != nullptr; }

std::vector<std::string> DynamicLibrary::ExportedFunctions() const {
  const auto* base = static_cast<const char*>(handle_);
  const auto* dos = reinterpret_cast<const IMAGE_DOS_HEADER*>(base);
  const auto* headers = reinterpret_cast<const IMAGE_NT_HEADERS64*>(base + dos->e_lfanew);
  const IMAGE_DATA_DIRECTORY& directory = headers->OptionalHeader.DataDirectory[IMAGE_DIRECTORY_ENTRY_EXPORT];
  if (directory.Size == 0) return {};
  const auto* exports = reinterpret_cast<const IMAGE_EXPORT_DIRECTORY*>(base + directory.VirtualAddress);
  const auto* names = reinterpret_cast<const DWORD*>(base + exports->AddressOfNames);
  std::vector<std::string> found;
  for (DWORD i = 0; i < exports->NumberOfNames; ++i) found.push_back(base + names[i]);
  return found;
}

void* DynamicLibrary::Find(const char* name) const {
  return reinterpret_cast<void*>(GetProcAddress(static_cast<HMODULE>(handle_), name));
}

uint32_t LastErrorCode() { return GetLastError(); }

void SetLastErrorCode(uint32_t code) { SetLastError(code); }

}  // namespace resource_broker::rhs_host
