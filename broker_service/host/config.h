// broker.json.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "resource_broker/v1/config.pb.h"

namespace resource_broker::broker {

// Places that are this machine's.
struct ConfigPlaces {
  // Relative paths of the configuration are meant from here: the folder of the file.
  std::filesystem::path base;
  // Where the broker's own program lies.
  std::filesystem::path program_folder;
};

// The configuration in `json` with every default of config.proto filled in and every path absolute. InvalidArgument
// names the key and the reason.
absl::StatusOr<v1::BrokerConfig> ParseConfig(std::string_view json, const ConfigPlaces& places);

// The same from a file, whose name the error begins with. NotFound.
absl::StatusOr<v1::BrokerConfig> LoadConfig(const std::filesystem::path& file);

// What holds without a file.
v1::BrokerConfig DefaultConfig();

// Where the configuration is looked for if the command line names none; it may be missing.
std::filesystem::path DefaultConfigFile();

// LoadConfig of `file`; where that is empty, of DefaultConfigFile if there is one, and else DefaultConfig.
absl::StatusOr<v1::BrokerConfig> ChooseConfig(const std::filesystem::path& file);

}  // namespace resource_broker::broker
