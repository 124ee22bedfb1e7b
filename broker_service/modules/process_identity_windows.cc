#include <array>

#include "absl/strings/str_cat.h"
#include "broker_service/modules/file_hash.h"
#include "broker_service/modules/process_identity.h"
#include "ipc/error_windows.h"
#include "ipc/unique_handle_windows.h"

namespace resource_broker::broker {
namespace {

constexpr DWORD kMaxPath = 32768;

}  // namespace

absl::StatusOr<ProcessIdentity> IdentifyProcess(uint32_t process_id) {
  const absl::Status gone = absl::NotFoundError(absl::StrCat("process ", process_id, " does not run"));
  const ipc::UniqueHandle process(OpenProcess(PROCESS_QUERY_LIMITED_INFORMATION | SYNCHRONIZE, FALSE, process_id));
  if (!process.valid()) {
    if (GetLastError() == ERROR_INVALID_PARAMETER) return gone;
    return ipc::LastWindowsError(absl::StrCat("OpenProcess ", process_id));
  }
  // It stays known by its number while somebody has a handle on it.
  if (WaitForSingleObject(process.get(), 0) == WAIT_OBJECT_0) return gone;
  FILETIME created = {};
  FILETIME unused = {};
  if (!GetProcessTimes(process.get(), &created, &unused, &unused, &unused)) {
    return ipc::LastWindowsError("GetProcessTimes");
  }
  std::wstring path(kMaxPath, L'\0');
  DWORD size = kMaxPath;
  if (!QueryFullProcessImageNameW(process.get(), 0, path.data(), &size)) {
    return ipc::LastWindowsError("QueryFullProcessImageNameW");
  }
  path.resize(size);
  absl::StatusOr<std::string> hash = HashFile(path);
  if (!hash.ok()) return hash.status();
  return ProcessIdentity{process_id, (uint64_t{created.dwHighDateTime} << 32) | created.dwLowDateTime,
                         *std::move(hash)};
}

}  // namespace resource_broker::broker
