// A key on the disk that the broker takes: nobody else may read it.
#pragma once

#include <filesystem>
#include <string>

namespace resource_broker::broker::testing {

// Replaces what is there.
void WriteKeyFile(const std::filesystem::path& file, const std::string& key);

}  // namespace resource_broker::broker::testing
