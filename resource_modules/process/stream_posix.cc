#include <unistd.h>

#include <cerrno>

#include "resource_modules/process/stream.h"

namespace resource_broker::process {

size_t Stream::Read(char* buffer, size_t size) {
  while (true) {
    ssize_t count = read(static_cast<int>(native_), buffer, size);
    if (count >= 0) return static_cast<size_t>(count);
    if (errno != EINTR) return 0;
  }
}

bool Stream::WriteAll(absl::string_view bytes) {
  while (!bytes.empty()) {
    ssize_t count = write(static_cast<int>(native_), bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(count));
  }
  return true;
}

void Stream::Close() {
  if (native_ != kNone) close(static_cast<int>(native_));
  native_ = kNone;
}

}  // namespace resource_broker::process
