// A DLL or shared object.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"

namespace resource_broker::rhs_host {

// Loaded for the rest of the process's life, unless unloaded: a resource DLL's threads may outlive every call into it.
class DynamicLibrary {
 public:
  // `path` is UTF-8; one without a folder is not searched for along any path but taken from the current folder.
  // NotFound with the system's reason.
  static absl::StatusOr<DynamicLibrary> Load(const std::string& path);

  // Takes it out of the process, if nobody else has loaded it. Nothing of it may be used any more.
  void Unload();

  // Whether a library of this path is in the process, loaded by whomever.
  static bool IsLoaded(const std::string& path);

  // Its exported functions, undecorated, in no particular order; natively without the weak ones, which are those that
  // a compiler makes. Empty if its image can't be read.
  std::vector<std::string> ExportedFunctions() const;

  // An exported function by its undecorated name; null if there is none.
  void* Find(const char* name) const;

 private:
  DynamicLibrary(void* handle, std::string path) : handle_(handle), path_(std::move(path)) {}

  void* handle_;
  std::string path_;
};

// What GetLastError says on this thread; natively, where resource DLLs leave the code in it, errno. Zero clears it.
uint32_t LastErrorCode();
void SetLastErrorCode(uint32_t code);

}  // namespace resource_broker::rhs_host
