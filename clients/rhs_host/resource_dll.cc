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

template <typename Functions>
std::string Missing(const Functions& functions) {
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
  if constexpr (std::is_same_v<Functions, resapi::CLRES_V2_FUNCTIONS>) check("Cancel", functions.Cancel != nullptr);
  return missing;
}

}  // namespace

std::string MissingFunctions(const resapi::CLRES_FUNCTION_TABLE& table) {
  return table.Version == resapi::CLRES_VERSION_V1_00 ? Missing(table.V1Functions) : Missing(table.V2Functions);
}

std::string TableProblem(const resapi::CLRES_FUNCTION_TABLE* table) {
  if (table == nullptr) return "the start routine returned 0 without a function table";
  const bool version1 = table->Version == resapi::CLRES_VERSION_V1_00;
  if (!version1 && table->Version != resapi::CLRES_VERSION_V2_00) {
    return absl::StrFormat("the function table has version 0x%x; only 0x100 and 0x200 are driven", table->Version);
  }
  const size_t size = version1 ? sizeof(resapi::CLRES_V1_FUNCTIONS) : sizeof(resapi::CLRES_V2_FUNCTIONS);
  if (table->TableSize != size) {
    return absl::StrFormat("TableSize is %u, and version %d's is %u", table->TableSize, version1 ? 1 : 2, size);
  }
  const std::string missing = MissingFunctions(*table);
  return missing.empty() ? "" : absl::StrCat("the function table lacks ", missing);
}

absl::StatusOr<std::unique_ptr<ResourceDll>> ResourceDll::Load(const std::string& path) {
  absl::StatusOr<DynamicLibrary> library = DynamicLibrary::Load(path);
  if (!library.ok()) return library.status();
  const auto startup_ex = reinterpret_cast<resapi::PSTARTUP_EX_ROUTINE>(library->Find("StartupEx"));
  const auto startup = reinterpret_cast<resapi::PSTARTUP_ROUTINE>(library->Find("Startup"));
  if (startup_ex == nullptr && startup == nullptr) {
    return absl::FailedPreconditionError(absl::StrCat(path, " exports neither StartupEx nor Startup"));
  }
  return absl::WrapUnique(new ResourceDll(*library, startup_ex, startup));
}

ResourceDll::Answer ResourceDll::Call(const std::u16string& type, uint32_t min_version, uint32_t max_version,
                                      resapi::CLRES_CALLBACK_FUNCTION_TABLE* callbacks,
                                      resapi::CLRES_FUNCTION_TABLE* before) const {
  std::vector<resapi::WCHAR> name(type.begin(), type.end());
  name.push_back(0);
  Answer answer;
  answer.table = before;
  answer.exception = CallAcrossBoundary([&] {
    answer.code = startup_ex_ != nullptr ? startup_ex_(name.data(), min_version, max_version, callbacks, &answer.table)
                                         : startup_(name.data(), min_version, max_version, StatusRoutineOfVersion1(),
                                                    LogRoutineOfVersion1(), &answer.table);
  });
  return answer;
}

ResourceDll::Started ResourceDll::Start(const std::u16string& type, uint32_t min_version, uint32_t max_version) const {
  const Answer answer = Call(type, min_version, max_version, CallbackTable(), nullptr);
  Started started;
  started.code = answer.code;
  started.problem = answer.exception;
  if (!started.problem.empty() || started.code != 0) return started;
  started.problem = TableProblem(answer.table);
  if (started.problem.empty()) started.functions = answer.table;
  return started;
}

}  // namespace resource_broker::rhs_host
