#include "bridge_dll/cluster_registry.h"

#include "bridge_dll/host_process.h"

namespace resource_broker::bridge {
namespace {

template <typename Function>
void Find(const char* name, Function* function) {
  *function = reinterpret_cast<Function>(FindClusterFunction(name));
}

ClusterRegistry FindAll() {
  ClusterRegistry registry;
  Find("ClusterRegOpenKey", &registry.open_key);
  Find("ClusterRegCloseKey", &registry.close_key);
  Find("ClusterRegEnumValue", &registry.enum_value);
  Find("ClusterRegQueryValue", &registry.query_value);
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
