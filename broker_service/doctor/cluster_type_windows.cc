#include "broker_service/doctor/cluster_type_windows.h"

#include <winsock2.h>
// After winsock2.h, which it would replace by its older self.
#include <windows.h>

#include <array>
#include <memory>

#include "ipc/error_windows.h"
#include "ipc/utf16.h"

namespace resource_broker::broker {
namespace {

// Declared here for the same reason as in bridge_dll/clusapi.h. All handles are opaque.
using NodeStateFunction = DWORD(WINAPI*)(const wchar_t* node, DWORD* state);
using OpenClusterFunction = void*(WINAPI*)(const wchar_t* cluster);
using CloseClusterFunction = BOOL(WINAPI*)(void* cluster);
using TypeKeyFunction = HKEY(WINAPI*)(void* cluster, const wchar_t* type, REGSAM access);
using CloseKeyFunction = LONG(WINAPI*)(HKEY key);
using QueryValueFunction = LONG(WINAPI*)(HKEY key, const wchar_t* name, DWORD* type, BYTE* data, DWORD* size);

constexpr size_t kMaxPath = 1024;
// ClusterStateRunning (NODE_CLUSTER_STATE, MSDN).
constexpr DWORD kClusterRuns = 0x13;

template <typename Function>
Function Find(HMODULE library, const char* name) {
  // Through void*, because the compiler distrusts a cast between function types.
  return reinterpret_cast<Function>(reinterpret_cast<void*>(GetProcAddress(library, name)));
}

}  // namespace

absl::StatusOr<std::string> ResourceTypeLibrary(const std::wstring& name) {
  // Never from the program's folder, the current one or PATH.
  static const HMODULE library = LoadLibraryExW(L"clusapi.dll", nullptr, LOAD_LIBRARY_SEARCH_SYSTEM32);
  if (library == nullptr) return absl::UnavailableError("clusapi.dll is not there");
  const auto node_state = Find<NodeStateFunction>(library, "GetNodeClusterState");
  const auto open_cluster = Find<OpenClusterFunction>(library, "OpenCluster");
  const auto close_cluster = Find<CloseClusterFunction>(library, "CloseCluster");
  const auto type_key = Find<TypeKeyFunction>(library, "GetClusterResourceTypeKey");
  const auto close_key = Find<CloseKeyFunction>(library, "ClusterRegCloseKey");
  const auto query_value = Find<QueryValueFunction>(library, "ClusterRegQueryValue");
  if (node_state == nullptr || open_cluster == nullptr || close_cluster == nullptr || type_key == nullptr ||
      close_key == nullptr || query_value == nullptr) {
    return absl::UnavailableError("clusapi.dll lacks what is to be asked");
  }
  // First, and the one function that says so everywhere: Wine's others end the process or succeed without a cluster.
  DWORD state = 0;
  if (const DWORD error = node_state(nullptr, &state); error != ERROR_SUCCESS) {
    return absl::UnavailableError(ipc::WindowsError(error, "GetNodeClusterState").message());
  }
  if (state != kClusterRuns) return absl::UnavailableError("the cluster service is not installed or does not run");
  const std::unique_ptr<void, CloseClusterFunction> cluster(open_cluster(nullptr), close_cluster);
  if (cluster == nullptr) return absl::UnavailableError(ipc::LastWindowsError("OpenCluster").message());
  const HKEY key = type_key(cluster.get(), name.c_str(), KEY_READ);
  if (key == nullptr) return absl::NotFoundError(ipc::LastWindowsError("GetClusterResourceTypeKey").message());
  std::array<wchar_t, kMaxPath> file = {};
  auto size = static_cast<DWORD>((file.size() - 1) * sizeof(wchar_t));
  DWORD type = REG_NONE;
  const LONG error = query_value(key, L"DllName", &type, reinterpret_cast<BYTE*>(file.data()), &size);
  close_key(key);
  if (error != ERROR_SUCCESS) return ipc::WindowsError(static_cast<uint32_t>(error), "DllName");
  return ipc::Utf8FromWide(file.data());
}

}  // namespace resource_broker::broker
