#include <sys/stat.h>

#include "broker_service/packages/file_kind.h"

namespace resource_broker::broker {

FileKind KindOf(const std::filesystem::path& path) {
  struct stat found = {};
  if (lstat(path.c_str(), &found) != 0) return FileKind::kOther;
  if (S_ISREG(found.st_mode)) return FileKind::kFile;
  return S_ISDIR(found.st_mode) ? FileKind::kFolder : FileKind::kOther;
}

}  // namespace resource_broker::broker
