// A loaded resource DLL and the function table it gives.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "bridge_dll/resapi.h"
#include "clients/rhs_host/dynamic_library.h"

namespace resource_broker::rhs_host {

class ResourceDll {
 public:
  // NotFound: it can't be loaded. FailedPrecondition: it has no StartupEx (version 1 alone is not driven yet).
  static absl::StatusOr<std::unique_ptr<ResourceDll>> Load(const std::string& path);

  struct Started {
    // What StartupEx returned.
    uint32_t code = 0;
    // With code 0 the DLL's table, checked to be version 2 as a whole; else null.
    const resapi::CLRES_V2_FUNCTIONS* functions = nullptr;
    // Why `functions` is null with code 0, and exceptions.
    std::string problem;
  };
  // Calls StartupEx. `type` is UTF-16 without a NUL inside.
  Started Start(const std::u16string& type, uint32_t min_version, uint32_t max_version) const;

 private:
  explicit ResourceDll(DynamicLibrary library, resapi::PSTARTUP_EX_ROUTINE startup)
      : library_(library), startup_(startup) {}

  const DynamicLibrary library_;
  const resapi::PSTARTUP_EX_ROUTINE startup_;
};

}  // namespace resource_broker::rhs_host
