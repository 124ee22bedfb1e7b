// A package in a .zip file of a stranger.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "broker_service/modules/file_set.h"
#include "broker_service/packages/zip_source.h"

namespace resource_broker::broker {

// One thread. Every error about an entry is InvalidArgument and begins with the entry's name, but for
// ResourceExhausted: there is more in it than is allowed.
class ZipPackage {
 public:
  // Every name and attribute is checked when it returns: only plain files (and folders), stored or deflated, not
  // encrypted, at most FileSet::kMaxFiles entries, with names as FileSet takes them. `max_bytes` is for the contents of
  // all that is read, as unpacked: what headers say of sizes counts for nothing.
  static absl::StatusOr<ZipPackage> Open(const std::filesystem::path& file, uint64_t max_bytes);

  const FileSet& files() const { return files_; }
  // Its author's system says that its owner may run it.
  bool IsExecutable(const std::string& path) const { return entries_.at(path).executable; }

  // Gives the bytes of one of files() to `sink`, piece by piece, until that returns an error, which it passes on.
  absl::Status Read(const std::string& path, const std::function<absl::Status(std::string_view)>& sink);
  // All of a small one.
  absl::StatusOr<std::string> ReadSmall(const std::string& path, size_t max_bytes);

 private:
  struct Entry {
    uint64_t index;
    bool executable;
  };

  ZipPackage(ZipHandle zip, uint64_t max_bytes) : zip_(std::move(zip)), max_bytes_(max_bytes) {}
  absl::Status AddEntry(uint64_t index);

  ZipHandle zip_;
  uint64_t max_bytes_;
  uint64_t read_bytes_ = 0;
  FileSet files_;
  std::map<std::string, Entry> entries_;
};

}  // namespace resource_broker::broker
