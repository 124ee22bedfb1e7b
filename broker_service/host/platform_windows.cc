#include <winsock2.h>
// After winsock2.h, which it would replace by its older self.
#include <windows.h>

#include <array>
#include <limits>
#include <string>

#include "broker_service/host/platform.h"
#include "ipc/utf16.h"

namespace resource_broker::broker {
namespace {

constexpr DWORD kMaxPath = 32768;

std::filesystem::path ProgramData() {
  std::wstring folder(kMaxPath, L'\0');
  const DWORD length = GetEnvironmentVariableW(L"ProgramData", folder.data(), kMaxPath);
  if (length == 0 || length >= kMaxPath) return L"C:\\ProgramData";
  folder.resize(length);
  return folder;
}

}  // namespace

const char* DefaultBridgeAddress() { return "npipe:////./pipe/resource-broker-v1"; }
const char* DefaultAdminAddress() { return "npipe:////./pipe/resource-broker-admin-v1"; }
std::filesystem::path DefaultDataDirectory() { return ProgramData() / L"ResourceBroker"; }
std::filesystem::path DefaultConfigFolder() { return DefaultDataDirectory(); }

std::filesystem::path ProgramFile() {
  std::wstring file(kMaxPath, L'\0');
  file.resize(GetModuleFileNameW(nullptr, file.data(), kMaxPath));
  return file;
}

uint32_t ProcessId() { return GetCurrentProcessId(); }

std::string NodeName() {
  std::array<wchar_t, 256> name = {};
  auto size = static_cast<DWORD>(name.size());
  // The physical name: inside a cluster group the others answer with the group's.
  if (!GetComputerNameExW(ComputerNamePhysicalNetBIOS, name.data(), &size)) return "localhost";
  return ipc::Utf8FromWide(name.data());
}

uint32_t WindowsBuild() {
  // GetVersionEx answers what the program's manifest lets it.
  using RtlGetVersion = LONG(WINAPI*)(OSVERSIONINFOW*);
  const HMODULE ntdll = GetModuleHandleW(L"ntdll.dll");
  if (ntdll == nullptr) return std::numeric_limits<uint32_t>::max();
  // Through void*, because the compiler distrusts a cast between function types.
  const auto get_version =
      reinterpret_cast<RtlGetVersion>(reinterpret_cast<void*>(GetProcAddress(ntdll, "RtlGetVersion")));
  OSVERSIONINFOW version = {};
  version.dwOSVersionInfoSize = sizeof version;
  if (get_version == nullptr || get_version(&version) != 0) return std::numeric_limits<uint32_t>::max();
  return version.dwBuildNumber;
}

}  // namespace resource_broker::broker
