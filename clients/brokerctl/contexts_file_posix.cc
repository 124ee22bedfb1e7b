#include <cstdlib>

#include "clients/brokerctl/contexts_file.h"

namespace resource_broker::brokerctl {

std::filesystem::path DefaultContextsFile() {
  const char* config = std::getenv("XDG_CONFIG_HOME");
  // The specification of base directories wants others to be ignored.
  const bool given = config != nullptr && *config == '/';
  const char* home = std::getenv("HOME");
  if (!given && (home == nullptr || *home == '\0')) return {};
  return (given ? std::filesystem::path(config) : std::filesystem::path(home) / ".config") / "resource-broker" /
         "contexts.json";
}

}  // namespace resource_broker::brokerctl
