#include "clients/rhs_host/testing/test_resource.h"

namespace test_resource {

void* FindClusterFunction(const char* name) {
  static HMODULE const library = LoadLibraryW(L"clusapi.dll");
  return library == nullptr ? nullptr : reinterpret_cast<void*>(GetProcAddress(library, name));
}

void OpenHandle() { static_cast<void>(CreateEventW(nullptr, FALSE, FALSE, nullptr)); }

bool CloseHandle(resapi::HANDLE handle) { return ::CloseHandle(handle) != FALSE; }

}  // namespace test_resource
