#include <winsock2.h>
// clang-format off
#include <windows.h>
// clang-format on

#include <array>

#include "bridge_dll/host_process.h"
#include "ipc/utf16.h"

namespace resource_broker::bridge {

bool PinThisModule() {
  HMODULE module = nullptr;
  return ::GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_PIN | GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS,
                              reinterpret_cast<LPCWSTR>(&PinThisModule), &module) != FALSE;
}

uint32_t HostProcessId() { return ::GetCurrentProcessId(); }

std::string NodeName() {
  std::array<wchar_t, 256> name{};
  DWORD size = static_cast<DWORD>(name.size());
  if (::GetComputerNameExW(ComputerNamePhysicalNetBIOS, name.data(), &size) == FALSE) return {};
  return ipc::Utf8FromWide({name.data(), size});
}

void SetLastErrorCode(resapi::DWORD code) { ::SetLastError(code); }

void* FindClusterFunction(const char* name) {
  // The program's folder first: a host that stands in for RHS brings its own, and RHS's folder is the cluster's. Never
  // the current folder or PATH. Not freed: RHS itself rests on it.
  static const HMODULE module =
      ::LoadLibraryExW(L"clusapi.dll", nullptr, LOAD_LIBRARY_SEARCH_APPLICATION_DIR | LOAD_LIBRARY_SEARCH_SYSTEM32);
  return module == nullptr ? nullptr : reinterpret_cast<void*>(::GetProcAddress(module, name));
}

}  // namespace resource_broker::bridge
