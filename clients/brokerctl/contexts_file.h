// Where contexts lie when brokerctl is not told.
#pragma once

#include <filesystem>

namespace resource_broker::brokerctl {

// %APPDATA%\resource-broker\contexts.json, natively $XDG_CONFIG_HOME/resource-broker/contexts.json or the same below
// ~/.config. Empty: the system names no such folder.
std::filesystem::path DefaultContextsFile();

}  // namespace resource_broker::brokerctl
