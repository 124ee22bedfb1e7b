#include "broker_service/packages/package_folder.h"

#include <fstream>
#include <iterator>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "broker_service/modules/inner_path.h"
#include "broker_service/packages/file_kind.h"

namespace resource_broker::broker {
namespace {

namespace fs = std::filesystem;

// Adds what lies in `folder`, whose own path in the package is `prefix` ("" or "bin/"). Ends, as no path is deeper than
// CheckFilePath allows.
absl::Status AddFolder(const fs::path& folder, const std::string& prefix, FileSet* files, size_t* folders) {
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    const std::string path = prefix + entry->path().filename().u8string();
    absl::Status status;
    switch (KindOf(entry->path())) {
      case FileKind::kFile:
        status = files->Add(path);
        break;
      case FileKind::kFolder:
        if (++*folders > FileSet::kMaxFiles) {
          return absl::InvalidArgumentError(absl::StrCat(path, ": there are more than 1000 folders"));
        }
        if (status = CheckFilePath(path); !status.ok()) {
          return absl::InvalidArgumentError(absl::StrCat(path, ": ", status.message()));
        }
        status = AddFolder(entry->path(), path + "/", files, folders);
        break;
      case FileKind::kOther:
        status = absl::InvalidArgumentError(absl::StrCat(path, ": is a link, or no plain file"));
        break;
    }
    if (!status.ok()) return status;
  }
  if (error) return absl::UnavailableError(absl::StrCat(folder.u8string(), ": ", error.message()));
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<FileSet> ListFolder(const fs::path& folder) {
  FileSet files;
  size_t folders = 0;
  if (absl::Status status = AddFolder(folder, "", &files, &folders); !status.ok()) return status;
  return files;
}

absl::StatusOr<std::string> ReadSmallFile(const fs::path& file, size_t max_bytes) {
  const std::string name = file.filename().u8string();
  std::error_code error;
  if (fs::symlink_status(file, error).type() == fs::file_type::not_found) {
    return absl::NotFoundError(absl::StrCat(name, ": is missing"));
  }
  if (KindOf(file) != FileKind::kFile) {
    return absl::InvalidArgumentError(absl::StrCat(name, ": is a link, or no plain file"));
  }
  const std::uintmax_t size = fs::file_size(file, error);
  if (error) return absl::UnavailableError(absl::StrCat(name, ": ", error.message()));
  if (size > max_bytes) return absl::InvalidArgumentError(absl::StrCat(name, ": is larger than ", max_bytes, " bytes"));
  std::ifstream stream(file, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
  if (!stream) return absl::UnavailableError(absl::StrCat(name, ": can't be read"));
  return text;
}

}  // namespace resource_broker::broker
