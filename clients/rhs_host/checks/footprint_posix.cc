#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <system_error>

#include "clients/rhs_host/checks/footprint.h"

namespace resource_broker::rhs_host {
namespace {

int64_t Entries(const char* folder) {
  std::error_code error;
  int64_t count = 0;
  for (std::filesystem::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    ++count;
  }
  return count;
}

}  // namespace

Footprint MeasureFootprint() {
  Footprint footprint;
  footprint.handles = Entries("/proc/self/fd");
  footprint.threads = Entries("/proc/self/task");
  // Pages: all, resident, and of these the shared ones.
  int64_t all = 0;
  int64_t resident = 0;
  int64_t shared = 0;
  std::ifstream("/proc/self/statm") >> all >> resident >> shared;
  footprint.memory = (resident - shared) * sysconf(_SC_PAGESIZE);
  return footprint;
}

}  // namespace resource_broker::rhs_host
