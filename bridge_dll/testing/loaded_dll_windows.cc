#include <cstdio>

#include "bridge_dll/testing/loaded_dll.h"

namespace resource_broker::bridge::testing {

namespace {

HMODULE Dll() {
  static const HMODULE dll = [] {
    const HMODULE loaded = ::LoadLibraryW(L"" RESOURCE_BRIDGE_PATH);
    if (loaded == nullptr) std::fprintf(stderr, "%s: error %lu\n", RESOURCE_BRIDGE_PATH, ::GetLastError());
    return loaded;
  }();
  return dll;
}

}  // namespace

void* FindExport(const char* name) {
  return Dll() == nullptr ? nullptr : reinterpret_cast<void*>(::GetProcAddress(Dll(), name));
}

void ReleaseDll() { ::FreeLibrary(Dll()); }

resapi::PSTARTUP_EX_ROUTINE LoadStartupEx() {
  return reinterpret_cast<resapi::PSTARTUP_EX_ROUTINE>(FindExport("StartupEx"));
}

resapi::DWORD LastErrorCode() { return ::GetLastError(); }

}  // namespace resource_broker::bridge::testing
