#include <winsock2.h>
// clang-format off
#include <windows.h>
// clang-format on

#include "absl/strings/str_cat.h"
#include "clients/cluster/clusapi_cluster.h"
#include "clients/cluster/cluster_api.h"
#include "clients/cluster/dll_path.h"
#include "ipc/utf16.h"

namespace resource_broker::cluster {
namespace {

uint32_t LastError() { return ::GetLastError(); }

absl::StatusOr<HMODULE> Load(const std::string& clusapi) {
  if (clusapi.empty()) {
    // This is run by administrators: a clusapi.dll that somebody laid beside this program, into the current folder or
    // along PATH must not become theirs.
    HMODULE module = ::LoadLibraryExW(L"clusapi.dll", nullptr, LOAD_LIBRARY_SEARCH_SYSTEM32);
    if (module != nullptr) return module;
    return absl::FailedPreconditionError(absl::StrCat(
        "Windows' clusapi.dll can't be loaded (", ::GetLastError(),
        "): install the Failover Clustering feature or its tools (Install-WindowsFeature RSAT-Clustering-PowerShell)"));
  }
  const absl::StatusOr<std::string> path = DllPath(clusapi);
  if (!path.ok()) return absl::InvalidArgumentError(absl::StrCat("--clusapi: ", path.status().message()));
  HMODULE module = ::LoadLibraryExW(ipc::WideFromUtf8(*path).c_str(), nullptr,
                                    LOAD_LIBRARY_SEARCH_DLL_LOAD_DIR | LOAD_LIBRARY_SEARCH_SYSTEM32);
  if (module != nullptr) return module;
  return absl::InvalidArgumentError(absl::StrCat("--clusapi: ", *path, " can't be loaded (", ::GetLastError(), ")"));
}

}  // namespace

absl::StatusOr<std::unique_ptr<ClusterApi>> OpenClusterApi(const std::string& cluster, const std::string& clusapi) {
  // Not freed: RPC goes on in it until the process ends.
  const absl::StatusOr<HMODULE> module = Load(clusapi);
  if (!module.ok()) return module.status();
  const auto find = [&](const char* name) { return reinterpret_cast<void*>(::GetProcAddress(*module, name)); };
  const absl::StatusOr<Clusapi> functions = FindClusapi(find, LastError);
  if (!functions.ok()) return functions.status();
  return OpenThrough(*functions, cluster);
}

}  // namespace resource_broker::cluster
