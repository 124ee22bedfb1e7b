// Which files a package consists of.
#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <string>

#include "absl/status/status.h"

namespace resource_broker::broker {

inline constexpr char kManifestFile[] = "manifest.json";
inline constexpr char kSignatureFile[] = "manifest.sig";

// Paths that can lie in one folder on every platform.
class FileSet {
 public:
  // With manifest.json and manifest.sig. In zips, folders count as well.
  static constexpr size_t kMaxFiles = 1000;

  // Takes one more. InvalidArgument, which begins with the path: it is not in order (see CheckFilePath), is there
  // already in this or another case, or is a file where another path has a folder. Only ASCII is compared without its
  // case; on Windows the rest is found when the file is made.
  absl::Status Add(const std::string& path);

  bool Contains(const std::string& path) const { return paths_.count(path) > 0; }
  // Sorted.
  const std::set<std::string>& paths() const { return paths_; }

 private:
  std::set<std::string> paths_;
  // In lower case: files; and folders, with how they are written.
  std::set<std::string> files_;
  std::map<std::string, std::string> folders_;
};

}  // namespace resource_broker::broker
