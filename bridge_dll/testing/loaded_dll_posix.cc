#include <dlfcn.h>

#include <cerrno>
#include <cstdio>

#include "bridge_dll/testing/loaded_dll.h"

namespace resource_broker::bridge::testing {

namespace {

void* Dll() {
  static void* const dll = [] {
    void* loaded = ::dlopen(RESOURCE_BRIDGE_PATH, RTLD_NOW | RTLD_LOCAL);
    if (loaded == nullptr) std::fprintf(stderr, "%s\n", ::dlerror());
    return loaded;
  }();
  return dll;
}

}  // namespace

void* FindExport(const char* name) { return Dll() == nullptr ? nullptr : ::dlsym(Dll(), name); }

void ReleaseDll() { ::dlclose(Dll()); }

resapi::PSTARTUP_EX_ROUTINE LoadStartupEx() {
  return reinterpret_cast<resapi::PSTARTUP_EX_ROUTINE>(FindExport("StartupEx"));
}

resapi::DWORD LastErrorCode() { return static_cast<resapi::DWORD>(errno); }

}  // namespace resource_broker::bridge::testing
