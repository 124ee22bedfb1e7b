// A DLL or shared object.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"

namespace resource_broker::rhs_host {

// Loaded for the rest of the process's life: a resource DLL's threads may outlive every call into it.
class DynamicLibrary {
 public:
  // `path` is UTF-8; one without a folder is not searched for along any path but taken from the current folder.
  // NotFound with the system's reason.
  static absl::StatusOr<DynamicLibrary> Load(const std::string& path);

  // An exported function by its undecorated name; null if there is none.
  void* Find(const char* name) const;

 private:
  explicit DynamicLibrary(void* handle) : handle_(handle) {}

  void* handle_;
};

// What GetLastError says on this thread; natively, where resource DLLs leave the code in it, errno. Zero clears it.
uint32_t LastErrorCode();
void SetLastErrorCode(uint32_t code);

}  // namespace resource_broker::rhs_host
