#include <sys/random.h>

#include <cstdlib>
#include <string>

#include "absl/strings/escaping.h"
#include "ipc/random.h"

namespace resource_broker::ipc {

std::string RandomHex() {
  std::string bytes(16, '\0');
  // So few bytes come whole or not at all.
  if (getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) std::abort();
  return absl::BytesToHexString(bytes);
}

}  // namespace resource_broker::ipc
