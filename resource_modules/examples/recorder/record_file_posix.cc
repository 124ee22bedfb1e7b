#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "absl/strings/str_cat.h"
#include "resource_modules/examples/recorder/record_file.h"

namespace resource_broker::recorder {

absl::Status AppendLine(const std::string& path, const std::string& line) {
  int file = open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (file < 0) return absl::ErrnoToStatus(errno, absl::StrCat("open ", path));
  std::string text = line + "\n";
  ssize_t written = write(file, text.data(), text.size());
  absl::Status status = written == static_cast<ssize_t>(text.size())
                            ? absl::OkStatus()
                            : absl::ErrnoToStatus(written < 0 ? errno : ENOSPC, absl::StrCat("write ", path));
  close(file);
  return status;
}

}  // namespace resource_broker::recorder
