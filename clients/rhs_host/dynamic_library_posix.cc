#include <dlfcn.h>

#include <cerrno>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "clients/rhs_host/dynamic_library.h"

namespace resource_broker::rhs_host {

absl::StatusOr<DynamicLibrary> DynamicLibrary::Load(const std::string& path) {
  const std::string file = absl::StrContains(path, '/') ? path : absl::StrCat("./", path);
  void* handle = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) return absl::NotFoundError(dlerror());
  return DynamicLibrary(handle);
}

void* DynamicLibrary::Find(const char* name) const { return dlsym(handle_, name); }

uint32_t LastErrorCode() { return static_cast<uint32_t>(errno); }

void SetLastErrorCode(uint32_t code) { errno = static_cast<int>(code); }

}  // namespace resource_broker::rhs_host
