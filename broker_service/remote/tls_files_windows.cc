#include <winsock2.h>

#include "broker_service/remote/tls_files.h"
// After winsock2.h, which it would replace by its older self.
#include <windows.h>

#include "broker_service/file_rights_windows.h"
#include "ipc/error_windows.h"
#include "ipc/unique_handle_windows.h"

namespace resource_broker::broker {
namespace {

constexpr ACCESS_MASK kReadOrChange = kChangeRights | FILE_READ_DATA | GENERIC_READ;

}  // namespace

absl::StatusOr<std::string> ReadPrivateFile(const std::filesystem::path& file, size_t limit) {
  const ipc::UniqueHandle handle(CreateFileW(file.c_str(), GENERIC_READ | READ_CONTROL,
                                             FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, nullptr,
                                             OPEN_EXISTING, 0, nullptr));
  if (!handle.valid()) return ipc::LastWindowsError("can't be opened");
  if (GetFileType(handle.get()) != FILE_TYPE_DISK) return absl::NotFoundError("is no file");
  if (absl::Status status = CheckRights(handle.get(), SE_FILE_OBJECT, kReadOrChange); !status.ok()) return status;
  std::string bytes(limit + 1, '\0');
  size_t size = 0;
  while (size < bytes.size()) {
    DWORD got = 0;
    if (!::ReadFile(handle.get(), bytes.data() + size, static_cast<DWORD>(bytes.size() - size), &got, nullptr)) {
      return ipc::LastWindowsError("can't be read");
    }
    if (got == 0) break;
    size += got;
  }
  bytes.resize(size);
  return bytes;
}

}  // namespace resource_broker::broker
