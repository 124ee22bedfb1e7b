// What lies at a path, links not followed.
#pragma once

#include <filesystem>

namespace resource_broker::broker {

enum class FileKind {
  kFile,
  kFolder,
  // Nothing, or a link, a junction, a device, a socket, …
  kOther,
};

FileKind KindOf(const std::filesystem::path& path);

}  // namespace resource_broker::broker
