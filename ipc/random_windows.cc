#include <winsock2.h>
// After winsock2.h.
#include <windows.h>
// After windows.h: RtlGenRandom.
#include <ntsecapi.h>

#include <cstdlib>
#include <string>

#include "absl/strings/escaping.h"
#include "ipc/random.h"

namespace resource_broker::ipc {

std::string RandomHex() {
  std::string bytes(16, '\0');
  if (!RtlGenRandom(bytes.data(), static_cast<ULONG>(bytes.size()))) std::abort();
  return absl::BytesToHexString(bytes);
}

}  // namespace resource_broker::ipc
