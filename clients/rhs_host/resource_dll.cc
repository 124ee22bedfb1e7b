#include "clients/rhs_host/resource_dll.h"

#include <vector>

#include "absl/memory/memory.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "clients/rhs_host/boundary.h"
#include "clients/rhs_host/callbacks.h"

namespace resource_broker::rhs_host {
namespace {

// What is wrong with the table, or nothing. Arbitrate and Release are for quorum resources only.
std::string Problem(const resapi::CLRES_FUNCTION_TABLE* table) {
  if (table == nullptr) return "StartupEx returned 0 without a function table";
  if (table->Version != resapi::CLRES_VERSION_V2_00) {
    return absl::StrFormat("the function table has version 0x%x; only 0x200 is driven", table->Version);
  }
  if (table->TableSize != sizeof(resapi::CLRES_V2_FUNCTIONS)) {
    return absl::StrFormat("TableSize is %u, and version 2's is %u", table->TableSize,
                           sizeof(resapi::CLRES_V2_FUNCTIONS));
  }
  const resapi::CLRES_V2_FUNCTIONS& functions = table->V2Functions;
  std::string missing;
  const auto check = [&](const char* name, bool there) {
    if (!there) absl::StrAppend(&missing, missing.empty() ? "" : ", ", name);
  };
  check("Open", functions.Open != nullptr);
  check("Close", functions.Close != nullptr);
  check("Online", functions.Online != nullptr);
  check("Offline", functions.Offline != nullptr);
  check("Terminate", functions.Terminate != nullptr);
  check("LooksAlive", functions.LooksAlive != nullptr);
  check("IsAlive", functions.IsAlive != nullptr);
  check("ResourceControl", functions.ResourceControl != nullptr);
  check("ResourceTypeControl", functions.ResourceTypeControl != nullptr);
  check("Cancel", functions.Cancel != nullptr);
  return missing.empty() ? "" : absl::StrCat("the function table lacks ", missing);
}

}  // namespace

absl::StatusOr<std::unique_ptr<ResourceDll>> ResourceDll::Load(const std::string& path) {
  absl::StatusOr<DynamicLibrary> library = DynamicLibrary::Load(path);
  if (!library.ok()) return library.status();
  const auto startup = reinterpret_cast<resapi::PSTARTUP_EX_ROUTINE>(library->Find("StartupEx"));
  if (startup == nullptr) {
    return absl::FailedPreconditionError(absl::StrCat(path, " does not export StartupEx"));
  }
  return absl::WrapUnique(new ResourceDll(*library, startup));
}

ResourceDll::Started ResourceDll::Start(const std::u16string& type, uint32_t min_version, uint32_t max_version) const {
  std::vector<resapi::WCHAR> name(type.begin(), type.end());
  name.push_back(0);
  Started started;
  resapi::CLRES_FUNCTION_TABLE* table = nullptr;
  started.problem = CallAcrossBoundary(
      [&] { started.code = startup_(name.data(), min_version, max_version, CallbackTable(), &table); });
  if (!started.problem.empty() || started.code != 0) return started;
  started.problem = Problem(table);
  if (started.problem.empty()) started.functions = &table->V2Functions;
  return started;
}

}  // namespace resource_broker::rhs_host
