#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

#include "absl/strings/str_cat.h"
#include "broker_service/host/logging.h"

namespace resource_broker::broker {

// As systemd.exec(5) has it for JOURNAL_STREAM: the device and the inode of what it made stderr of.
bool StderrIsJournal() {
  const char* stream = getenv("JOURNAL_STREAM");
  struct stat info {};
  if (stream == nullptr || fstat(STDERR_FILENO, &info) != 0) return false;
  return absl::StrCat(info.st_dev, ":", info.st_ino) == stream;
}

}  // namespace resource_broker::broker
