#include <algorithm>

#include "broker_service/host/module_sockets.h"

namespace resource_broker::broker {

std::filesystem::path ModuleSocketFolder(const std::string& bridge_address) {
  constexpr size_t kScheme = sizeof("unix:") - 1;
  const std::filesystem::path socket = bridge_address.substr(std::min(kScheme, bridge_address.size()));
  return std::filesystem::absolute(socket).parent_path() / "modules";
}

}  // namespace resource_broker::broker
