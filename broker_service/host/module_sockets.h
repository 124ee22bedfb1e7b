// Where the modules' own addresses lie.
#pragma once

#include <filesystem>
#include <string>

namespace resource_broker::broker {

// Natively a folder `modules` beside the bridge's socket; on Windows, where addresses are pipes, empty.
std::filesystem::path ModuleSocketFolder(const std::string& bridge_address);

}  // namespace resource_broker::broker
