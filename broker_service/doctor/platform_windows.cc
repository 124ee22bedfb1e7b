#include <winsock2.h>
// After winsock2.h, which it would replace by its older self.
#include <windows.h>

#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "broker_service/doctor/checks.h"
#include "broker_service/file_rights_windows.h"
#include "ipc/error_windows.h"
#include "ipc/unique_handle_windows.h"
#include "ipc/utf16.h"

namespace resource_broker::broker {
namespace {

constexpr char kScheme[] = "npipe:";
// A pipe whose instances are all busy has another one in a moment.
constexpr DWORD kBusyMs = 2000;

}  // namespace

absl::Status CheckAddressRights(const std::string& address) {
  if (!absl::StartsWith(address, kScheme)) return absl::OkStatus();
  // npipe:////./pipe/name
  const std::wstring pipe =
      ipc::WideFromUtf8(absl::StrReplaceAll(address.substr(sizeof(kScheme) - 1 + 2), {{"/", "\\"}}));
  const auto open = [&pipe] {
    return CreateFileW(pipe.c_str(), READ_CONTROL, 0, nullptr, OPEN_EXISTING,
                       SECURITY_SQOS_PRESENT | SECURITY_IDENTIFICATION, nullptr);
  };
  HANDLE opened = open();
  if (opened == INVALID_HANDLE_VALUE && GetLastError() == ERROR_PIPE_BUSY) {
    WaitNamedPipeW(pipe.c_str(), kBusyMs);
    opened = open();
  }
  const ipc::UniqueHandle handle(opened);
  if (!handle.valid()) return ipc::LastWindowsError("there is no such pipe, or it can't be opened");
  // Who may make an instance of a pipe may be called in the server's place.
  return CheckRights(handle.get(), SE_KERNEL_OBJECT,
                     FILE_CREATE_PIPE_INSTANCE | WRITE_DAC | WRITE_OWNER | GENERIC_WRITE | GENERIC_ALL);
}

const char* BridgeLibraryName() { return "resource_bridge.dll"; }

}  // namespace resource_broker::broker
