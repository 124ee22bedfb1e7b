// Files and folders that are on the disk when they are said to be.
#pragma once

#include <filesystem>
#include <memory>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace resource_broker::broker {

// A new file. One thread. Errors name the file.
class DurableFile {
 public:
  // AlreadyExists where anything of that name is there, a link as well; on Windows also in another case. `executable`
  // has no meaning on Windows.
  static absl::StatusOr<std::unique_ptr<DurableFile>> Create(const std::filesystem::path& file, bool executable);
  // What was not finished stays as it is.
  virtual ~DurableFile() = default;

  virtual absl::Status Write(std::string_view bytes) = 0;
  // What was written is durable when it returns OK; the file's name is by SyncFolder. Once, last.
  virtual absl::Status Finish() = 0;
};

// The names in `folder` are durable. On Windows, where the file system's own log sees to that, it does nothing.
absl::Status SyncFolder(const std::filesystem::path& folder);

// Gives `folder` another place on the same volume, in one step, durable when it returns. AlreadyExists where something
// is there.
absl::Status MoveFolder(const std::filesystem::path& folder, const std::filesystem::path& to);

// `file` takes the place of `to`, in the same folder, in one step, durable when it returns.
absl::Status MoveOver(const std::filesystem::path& file, const std::filesystem::path& to);

// Replaces `file` by one with `text`: when it returns OK that is on the disk, and whatever ends it in between, the file
// is the old one or the new one, whole. One writer at a time. Blocks.
absl::Status WriteDurably(const std::filesystem::path& file, std::string_view text);

}  // namespace resource_broker::broker
