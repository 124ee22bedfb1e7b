#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>

#include "broker_service/process_numbers.h"

namespace resource_broker::broker {

ProcessNumbers ReadProcessNumbers() {
  ProcessNumbers numbers;
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.rfind("Threads:", 0) == 0) {
      numbers.threads = static_cast<uint32_t>(std::strtoul(line.c_str() + 8, nullptr, 10));
    }
    if (line.rfind("VmRSS:", 0) == 0) numbers.memory_bytes = std::strtoull(line.c_str() + 6, nullptr, 10) << 10;
  }
  std::error_code error;
  for (std::filesystem::directory_iterator entry("/proc/self/fd", error), end; !error && entry != end;
       entry.increment(error)) {
    ++numbers.handles;
  }
  return numbers;
}

}  // namespace resource_broker::broker
