#include "broker_service/modules/file_set.h"

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "broker_service/modules/inner_path.h"

namespace resource_broker::broker {
namespace {

template <typename... Parts>
absl::Status Refuse(const std::string& path, const Parts&... why) {
  // What comes from a stranger's file is not UTF-8 for sure, which a gRPC message must be.
  return absl::InvalidArgumentError(absl::StrCat(PathAsText(path), ": ", why...));
}

}  // namespace

absl::Status FileSet::Add(const std::string& path) {
  if (const absl::Status status = CheckFilePath(path); !status.ok()) return Refuse(path, status.message());
  if (paths_.size() >= kMaxFiles) return Refuse(path, "there are more than ", kMaxFiles, " files");
  const std::string lower = absl::AsciiStrToLower(path);
  if (paths_.count(path) > 0) return Refuse(path, "is there twice");
  if (files_.count(lower) > 0) return Refuse(path, "is there in upper and lower case");
  if (folders_.count(lower) > 0) return Refuse(path, "is there as a folder, too");
  for (size_t slash = path.find('/'); slash != std::string::npos; slash = path.find('/', slash + 1)) {
    const std::string folder = path.substr(0, slash);
    const std::string lower_folder = lower.substr(0, slash);
    if (files_.count(lower_folder) > 0) return Refuse(path, folder, " is there as a file, too");
    const auto known = folders_.emplace(lower_folder, folder).first;
    if (known->second != folder) return Refuse(path, "its folder is there in upper and lower case");
  }
  paths_.insert(path);
  files_.insert(lower);
  return absl::OkStatus();
}

}  // namespace resource_broker::broker
