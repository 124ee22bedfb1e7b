#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "broker_service/modules/durable_file.h"

namespace resource_broker::broker {
namespace {

absl::Status Failed(const std::filesystem::path& file) {
  return absl::UnavailableError(absl::StrCat(file.string(), ": ", strerror(errno)));
}

absl::Status WriteAll(int descriptor, const std::string& text, const std::filesystem::path& file) {
  for (size_t written = 0; written < text.size();) {
    const ssize_t count = write(descriptor, text.data() + written, text.size() - written);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return Failed(file);
    written += static_cast<size_t>(count);
  }
  return fsync(descriptor) == 0 ? absl::OkStatus() : Failed(file);
}

}  // namespace

absl::Status WriteDurably(const std::filesystem::path& file, const std::string& text) {
  const std::filesystem::path unfinished = std::filesystem::path(file).concat(".new");
  const int descriptor = open(unfinished.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (descriptor < 0) return Failed(unfinished);
  absl::Status status = WriteAll(descriptor, text, unfinished);
  close(descriptor);
  if (!status.ok()) return status;
  if (rename(unfinished.c_str(), file.c_str()) != 0) return Failed(file);
  // The name is the folder's data.
  const int folder = open(file.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return Failed(file.parent_path());
  if (fsync(folder) != 0) status = Failed(file.parent_path());
  close(folder);
  return status;
}

}  // namespace resource_broker::broker
