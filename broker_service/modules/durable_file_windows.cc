#include "absl/strings/str_cat.h"
#include "broker_service/modules/durable_file.h"
#include "ipc/error_windows.h"
#include "ipc/unique_handle_windows.h"

namespace resource_broker::broker {
namespace {

absl::Status Failed(const std::filesystem::path& file) { return ipc::LastWindowsError(file.u8string()); }

}  // namespace

absl::Status WriteDurably(const std::filesystem::path& file, const std::string& text) {
  const std::filesystem::path unfinished = std::filesystem::path(file).concat(L".new");
  {
    const ipc::UniqueHandle handle(
        CreateFileW(unfinished.c_str(), GENERIC_WRITE, 0, nullptr, CREATE_ALWAYS, FILE_ATTRIBUTE_NORMAL, nullptr));
    if (!handle.valid()) return Failed(unfinished);
    DWORD written = 0;
    const auto size = static_cast<DWORD>(text.size());
    if (!WriteFile(handle.get(), text.data(), size, &written, nullptr) || !FlushFileBuffers(handle.get())) {
      return Failed(unfinished);
    }
    if (written != size) return absl::UnavailableError(absl::StrCat(unfinished.u8string(), ": was not written whole"));
  }
  if (!MoveFileExW(unfinished.c_str(), file.c_str(), MOVEFILE_REPLACE_EXISTING | MOVEFILE_WRITE_THROUGH)) {
    return Failed(file);
  }
  return absl::OkStatus();
}

}  // namespace resource_broker::broker
