#include <dlfcn.h>

#include "bridge_dll/cluster_registry.h"

namespace resource_broker::bridge {
namespace {

template <typename Function>
Function Find(const char* name) {
  return reinterpret_cast<Function>(dlsym(RTLD_DEFAULT, name));
}

ClusterRegistry FindAll() {
  ClusterRegistry registry;
  registry.open_key = Find<resapi::PCLUSTER_REG_OPEN_KEY>("ClusterRegOpenKey");
  registry.close_key = Find<resapi::PCLUSTER_REG_CLOSE_KEY>("ClusterRegCloseKey");
  registry.enum_value = Find<resapi::PCLUSTER_REG_ENUM_VALUE>("ClusterRegEnumValue");
  registry.query_value = Find<resapi::PCLUSTER_REG_QUERY_VALUE>("ClusterRegQueryValue");
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
