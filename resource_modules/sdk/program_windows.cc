#include <windows.h>

#include <algorithm>

#include "ipc/utf16.h"
#include "resource_modules/sdk/program.h"

namespace resource_broker::sdk {

std::optional<std::string> EnvironmentVariable(const std::string& name) {
  std::wstring wide_name = ipc::WideFromUtf8(name);
  // Another thread may change it between the two calls, so the second is repeated until it fits.
  std::wstring value;
  SetLastError(ERROR_SUCCESS);  // an empty value leaves it as it is
  DWORD needed = GetEnvironmentVariableW(wide_name.c_str(), nullptr, 0);
  while (needed > value.size()) {
    value.resize(needed);
    needed = GetEnvironmentVariableW(wide_name.c_str(), value.data(), static_cast<DWORD>(value.size()));
  }
  if (needed == 0 && GetLastError() == ERROR_ENVVAR_NOT_FOUND) return std::nullopt;
  value.resize(needed);
  return ipc::Utf8FromWide(value);
}

uint32_t ProcessId() { return GetCurrentProcessId(); }

std::string ProgramPath() {
  std::wstring path(MAX_PATH, L'\0');
  while (true) {
    DWORD length = GetModuleFileNameW(nullptr, path.data(), static_cast<DWORD>(path.size()));
    if (length < path.size()) {
      path.resize(length);
      break;
    }
    path.resize(path.size() * 2);
  }
  std::replace(path.begin(), path.end(), L'\\', L'/');
  return ipc::Utf8FromWide(path);
}

bool WriteToStdout(absl::string_view text) {
  HANDLE out = GetStdHandle(STD_OUTPUT_HANDLE);
  while (!text.empty()) {
    DWORD written = 0;
    if (WriteFile(out, text.data(), static_cast<DWORD>(text.size()), &written, nullptr) == 0) return false;
    text.remove_prefix(written);
  }
  return true;
}

void SurviveBrokenPipes() {
  // Windows has no signal for it: the write fails.
}

}  // namespace resource_broker::sdk
