// What the broker asks its operating system, apart from being a service.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace resource_broker::broker {

// Defaults of config.proto.
const char* DefaultBridgeAddress();
const char* DefaultAdminAddress();
std::filesystem::path DefaultDataDirectory();
// Where broker.json lies if nothing else is said.
std::filesystem::path DefaultConfigFolder();

// This program's file, absolute.
std::filesystem::path ProgramFile();

uint32_t ProcessId();

// This machine's name in the cluster, UTF-8.
std::string NodeName();

// The build number of this Windows, 20348 for Server 2022. Elsewhere the largest there is: nothing is too old.
uint32_t WindowsBuild();

}  // namespace resource_broker::broker
