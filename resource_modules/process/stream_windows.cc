#include <windows.h>

#include <algorithm>

#include "resource_modules/process/stream.h"

namespace resource_broker::process {
namespace {

HANDLE ToHandle(Stream::Native native) { return reinterpret_cast<HANDLE>(native); }

}  // namespace

size_t Stream::Read(char* buffer, size_t size) {
  DWORD count = 0;
  do {
    DWORD wanted = static_cast<DWORD>(std::min<size_t>(size, MAXDWORD));
    if (ReadFile(ToHandle(native_), buffer, wanted, &count, nullptr) == 0) return 0;
    // Somebody wrote nothing into the pipe; that is not its end.
  } while (count == 0);
  return count;
}

bool Stream::WriteAll(absl::string_view bytes) {
  while (!bytes.empty()) {
    DWORD count = 0;
    DWORD wanted = static_cast<DWORD>(std::min<size_t>(bytes.size(), MAXDWORD));
    if (WriteFile(ToHandle(native_), bytes.data(), wanted, &count, nullptr) == 0) return false;
    bytes.remove_prefix(count);
  }
  return true;
}

void Stream::Close() {
  if (native_ != kNone) CloseHandle(ToHandle(native_));
  native_ = kNone;
}

}  // namespace resource_broker::process
