#include <windows.h>

#include "broker_service/packages/file_kind.h"

namespace resource_broker::broker {

FileKind KindOf(const std::filesystem::path& path) {
  const DWORD attributes = GetFileAttributesW(path.c_str());
  // Every kind of link, and mounted volumes.
  if (attributes == INVALID_FILE_ATTRIBUTES || (attributes & FILE_ATTRIBUTE_REPARSE_POINT) != 0)
    return FileKind::kOther;
  return (attributes & FILE_ATTRIBUTE_DIRECTORY) != 0 ? FileKind::kFolder : FileKind::kFile;
}

}  // namespace resource_broker::broker
