#include <unistd.h>

#include <array>
#include <limits>
#include <system_error>

#include "broker_service/host/platform.h"

namespace resource_broker::broker {

const char* DefaultBridgeAddress() { return "unix:/run/resource-broker/bridge.sock"; }
const char* DefaultAdminAddress() { return "unix:/run/resource-broker/admin.sock"; }
std::filesystem::path DefaultDataDirectory() { return "/var/lib/resource-broker"; }
std::filesystem::path DefaultConfigFolder() { return "/etc/resource-broker"; }

std::filesystem::path ProgramFile() {
  std::error_code error;
  return std::filesystem::read_symlink("/proc/self/exe", error);
}

uint32_t ProcessId() { return static_cast<uint32_t>(getpid()); }

std::string NodeName() {
  std::array<char, 256> name = {};
  if (gethostname(name.data(), name.size() - 1) != 0) return "localhost";
  return name.data();
}

uint32_t WindowsBuild() { return std::numeric_limits<uint32_t>::max(); }

}  // namespace resource_broker::broker
