#include <unistd.h>

#include <filesystem>

#include "absl/strings/str_cat.h"
#include "ipc/testing/process.h"

namespace resource_broker::ipc::testing {
namespace {

int EntriesOf(const char* folder) {
  return static_cast<int>(std::distance(std::filesystem::directory_iterator(folder), {}));
}

}  // namespace

uint32_t OwnProcessId() { return static_cast<uint32_t>(getpid()); }

std::string OwnAccount() { return absl::StrCat("uid:", geteuid()); }

Held HeldNow() { return {EntriesOf("/proc/self/fd"), EntriesOf("/proc/self/task")}; }

}  // namespace resource_broker::ipc::testing
