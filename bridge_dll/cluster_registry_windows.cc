#include "bridge_dll/cluster_registry.h"

namespace resource_broker::bridge {
namespace {

template <typename Function>
Function Find(HMODULE module, const char* name) {
  return reinterpret_cast<Function>(reinterpret_cast<void*>(::GetProcAddress(module, name)));
}

ClusterRegistry FindAll() {
  ClusterRegistry registry;
  // The program's folder first: a host that stands in for RHS brings its own, and RHS's folder is the cluster's. Never
  // the current folder or PATH. Not freed: RHS itself rests on it.
  HMODULE module =
      ::LoadLibraryExW(L"clusapi.dll", nullptr, LOAD_LIBRARY_SEARCH_APPLICATION_DIR | LOAD_LIBRARY_SEARCH_SYSTEM32);
  if (module == nullptr) {
    return registry;
  }
  registry.open_key = Find<resapi::PCLUSTER_REG_OPEN_KEY>(module, "ClusterRegOpenKey");
  registry.close_key = Find<resapi::PCLUSTER_REG_CLOSE_KEY>(module, "ClusterRegCloseKey");
  registry.enum_value = Find<resapi::PCLUSTER_REG_ENUM_VALUE>(module, "ClusterRegEnumValue");
  registry.query_value = Find<resapi::PCLUSTER_REG_QUERY_VALUE>(module, "ClusterRegQueryValue");
  return registry;
}

}  // namespace

const ClusterRegistry* ProcessClusterRegistry() {
  static const ClusterRegistry registry = FindAll();
  const bool complete = registry.open_key != nullptr && registry.close_key != nullptr &&
                        registry.enum_value != nullptr && registry.query_value != nullptr;
  return complete ? &registry : nullptr;
}

}  // namespace resource_broker::bridge
