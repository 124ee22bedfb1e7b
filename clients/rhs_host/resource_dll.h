// A loaded resource DLL and the function table it gives.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "bridge_dll/resapi.h"
#include "clients/rhs_host/dynamic_library.h"

namespace resource_broker::rhs_host {

class ResourceDll {
 public:
  // NotFound: it can't be loaded. FailedPrecondition: it exports neither StartupEx nor Startup.
  static absl::StatusOr<std::unique_ptr<ResourceDll>> Load(const std::string& path);

  // What a start routine did: StartupEx, or Startup where there is only that one.
  struct Answer {
    uint32_t code = 0;
    // What it put for its table; as it was before if it wrote nothing.
    resapi::CLRES_FUNCTION_TABLE* table = nullptr;
    std::string exception;
  };
  // Calls it. `type` is UTF-16 without a NUL inside; `before` is what stands in place of the table. Startup gets
  // version 1's callbacks instead of the table of them.
  Answer Call(const std::u16string& type, uint32_t min_version, uint32_t max_version,
              resapi::CLRES_CALLBACK_FUNCTION_TABLE* callbacks, resapi::CLRES_FUNCTION_TABLE* before) const;

  struct Started {
    // What it returned.
    uint32_t code = 0;
    // With code 0 the DLL's table, checked to be version 1 or 2 as a whole; else null.
    const resapi::CLRES_FUNCTION_TABLE* functions = nullptr;
    // Why `functions` is null with code 0, and exceptions.
    std::string problem;
  };
  // Calls it with this host's callbacks.
  Started Start(const std::u16string& type, uint32_t min_version, uint32_t max_version) const;

  // "StartupEx", or "Startup" for a DLL of version 1 alone.
  const char* start_routine() const { return startup_ex_ != nullptr ? "StartupEx" : "Startup"; }
  const DynamicLibrary& library() const { return library_; }

 private:
  ResourceDll(DynamicLibrary library, resapi::PSTARTUP_EX_ROUTINE startup_ex, resapi::PSTARTUP_ROUTINE startup)
      : library_(std::move(library)), startup_ex_(startup_ex), startup_(startup) {}

  const DynamicLibrary library_;
  const resapi::PSTARTUP_EX_ROUTINE startup_ex_;
  const resapi::PSTARTUP_ROUTINE startup_;
};

// What is wrong with a table that came with code 0: its size, its version, functions it lacks; empty if nothing.
// Arbitrate and Release may be absent.
std::string TableProblem(const resapi::CLRES_FUNCTION_TABLE* table);

// The functions it lacks, with commas between; empty: none. `table` is of version 1 or 2.
std::string MissingFunctions(const resapi::CLRES_FUNCTION_TABLE& table);

}  // namespace resource_broker::rhs_host
