#include <windows.h>

#include "absl/strings/str_cat.h"
#include "ipc/utf16.h"
#include "resource_modules/examples/recorder/record_file.h"

namespace resource_broker::recorder {

absl::Status AppendLine(const std::string& path, const std::string& line) {
  HANDLE file = CreateFileW(ipc::WideFromUtf8(path).c_str(), FILE_APPEND_DATA | FILE_READ_DATA,
                            FILE_SHARE_READ | FILE_SHARE_WRITE, nullptr, OPEN_ALWAYS, FILE_ATTRIBUTE_NORMAL, nullptr);
  if (file == INVALID_HANDLE_VALUE) {
    return absl::InternalError(absl::StrCat("CreateFile ", path, ": error ", GetLastError()));
  }
  // Wine seeks to the end and then writes, in two steps; a lock on a byte no line reaches keeps writers apart.
  OVERLAPPED guarded{};
  guarded.OffsetHigh = 0x7FFFFFFF;
  LockFileEx(file, LOCKFILE_EXCLUSIVE_LOCK, 0, 1, 0, &guarded);
  std::string text = line + "\n";
  DWORD written = 0;
  BOOL ok = WriteFile(file, text.data(), static_cast<DWORD>(text.size()), &written, nullptr);
  absl::Status status;
  if (ok == 0 || written != text.size()) {
    status = absl::InternalError(absl::StrCat("WriteFile ", path, ": error ", GetLastError()));
  }
  CloseHandle(file);
  return status;
}

}  // namespace resource_broker::recorder
