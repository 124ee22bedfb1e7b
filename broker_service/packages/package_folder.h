// A package that lies unpacked in a folder.
#pragma once

#include <filesystem>
#include <string>

#include "absl/status/statusor.h"
#include "broker_service/modules/file_set.h"

namespace resource_broker::broker {

// Its files, manifest.json and manifest.sig among them where they are there. InvalidArgument names what can't be part
// of a package: links and other things that are neither file nor folder, and what FileSet refuses.
absl::StatusOr<FileSet> ListFolder(const std::filesystem::path& folder);

// All of a small file. NotFound; InvalidArgument where it is larger than `max_bytes` or a link. The error names it.
absl::StatusOr<std::string> ReadSmallFile(const std::filesystem::path& file, size_t max_bytes);

}  // namespace resource_broker::broker
