#include "broker_service/events/event_source_windows.h"

#include <winsock2.h>
// After winsock2.h, which it would replace by its older self.
#include <windows.h>

#include <string>

#include "ipc/error_windows.h"

namespace resource_broker::broker {
namespace {

constexpr wchar_t kSources[] = L"SYSTEM\\CurrentControlSet\\Services\\EventLog\\Application";
constexpr DWORD kTypes = EVENTLOG_ERROR_TYPE | EVENTLOG_WARNING_TYPE | EVENTLOG_INFORMATION_TYPE;

std::wstring KeyName() { return std::wstring(kSources) + L"\\" + kEventSource; }

// As LastWindowsError has it, of calls that return their error.
absl::Status Outcome(LSTATUS result, const char* call) {
  if (result == ERROR_SUCCESS) return absl::OkStatus();
  SetLastError(static_cast<DWORD>(result));
  return ipc::LastWindowsError(call);
}

}  // namespace

absl::Status AddEventSource(const std::filesystem::path& message_file) {
  HKEY key = nullptr;
  absl::Status status = Outcome(
      RegCreateKeyExW(HKEY_LOCAL_MACHINE, KeyName().c_str(), 0, nullptr, 0, KEY_SET_VALUE, nullptr, &key, nullptr),
      "RegCreateKeyExW");
  if (!status.ok()) return status;
  const std::wstring file = message_file.native();
  // The size counts the NUL at its end.
  status =
      Outcome(RegSetValueExW(key, L"EventMessageFile", 0, REG_EXPAND_SZ, reinterpret_cast<const BYTE*>(file.c_str()),
                             static_cast<DWORD>((file.size() + 1) * sizeof(wchar_t))),
              "RegSetValueExW");
  if (status.ok()) {
    status = Outcome(
        RegSetValueExW(key, L"TypesSupported", 0, REG_DWORD, reinterpret_cast<const BYTE*>(&kTypes), sizeof kTypes),
        "RegSetValueExW");
  }
  RegCloseKey(key);
  return status;
}

absl::Status RemoveEventSource() {
  const LSTATUS result = RegDeleteKeyW(HKEY_LOCAL_MACHINE, KeyName().c_str());
  return result == ERROR_FILE_NOT_FOUND ? absl::OkStatus() : Outcome(result, "RegDeleteKeyW");
}

}  // namespace resource_broker::broker
