#include <dlfcn.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "bridge_dll/host_process.h"

namespace resource_broker::bridge {

bool PinThisModule() {
  Dl_info info;
  if (::dladdr(reinterpret_cast<void*>(&PinThisModule), &info) == 0) return false;
  return ::dlopen(info.dli_fname, RTLD_NOW | RTLD_NOLOAD | RTLD_NODELETE) != nullptr;
}

uint32_t HostProcessId() { return static_cast<uint32_t>(::getpid()); }

std::string NodeName() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? std::string(name.data()) : std::string();
}

void SetLastErrorCode(resapi::DWORD code) { errno = static_cast<int>(code); }

void* FindClusterFunction(const char* name) { return ::dlsym(RTLD_DEFAULT, name); }

}  // namespace resource_broker::bridge
