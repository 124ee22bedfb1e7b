#include <windows.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "broker_service/durable_files.h"
#include "ipc/error_windows.h"

namespace resource_broker::broker {
namespace {

namespace fs = std::filesystem;

// A virus scanner holds what was just written for a moment, and with it the folder.
constexpr int kMoveTries = 50;
constexpr absl::Duration kMoveWait = absl::Milliseconds(100);
constexpr size_t kMaxWriteBytes = 1 << 20;

class WindowsFile : public DurableFile {
 public:
  WindowsFile(fs::path path, HANDLE handle) : path_(std::move(path)), handle_(handle) {}
  ~WindowsFile() override { CloseHandle(handle_); }

  absl::Status Write(std::string_view bytes) override {
    while (!bytes.empty()) {
      DWORD written = 0;
      const auto wanted = static_cast<DWORD>(std::min(bytes.size(), kMaxWriteBytes));
      if (!WriteFile(handle_, bytes.data(), wanted, &written, nullptr)) return ipc::LastWindowsError(path_.u8string());
      bytes.remove_prefix(written);
    }
    return absl::OkStatus();
  }

  absl::Status Finish() override {
    return FlushFileBuffers(handle_) ? absl::OkStatus() : ipc::LastWindowsError(path_.u8string());
  }

 private:
  const fs::path path_;
  const HANDLE handle_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<DurableFile>> DurableFile::Create(const fs::path& file, bool executable) {
  HANDLE handle =
      CreateFileW(file.c_str(), GENERIC_WRITE, FILE_SHARE_READ, nullptr, CREATE_NEW, FILE_ATTRIBUTE_NORMAL, nullptr);
  if (handle != INVALID_HANDLE_VALUE) return std::make_unique<WindowsFile>(file, handle);
  const DWORD error = GetLastError();
  if (error == ERROR_FILE_EXISTS) return absl::AlreadyExistsError(absl::StrCat(file.u8string(), ": is there already"));
  return ipc::WindowsError(error, file.u8string());
}

absl::Status SyncFolder(const fs::path& folder) { return absl::OkStatus(); }

absl::Status MoveFolder(const fs::path& folder, const fs::path& to) {
  for (int tries = 1;; ++tries) {
    if (MoveFileExW(folder.c_str(), to.c_str(), MOVEFILE_WRITE_THROUGH)) return absl::OkStatus();
    const DWORD error = GetLastError();
    // What a folder that exists is answered with, too.
    if (GetFileAttributesW(to.c_str()) != INVALID_FILE_ATTRIBUTES) {
      return absl::AlreadyExistsError(absl::StrCat(to.u8string(), ": is there already"));
    }
    const bool held = error == ERROR_ACCESS_DENIED || error == ERROR_SHARING_VIOLATION;
    if (!held || tries == kMoveTries) return ipc::WindowsError(error, to.u8string());
    absl::SleepFor(kMoveWait);
  }
}

absl::Status MoveOver(const fs::path& file, const fs::path& to) {
  if (MoveFileExW(file.c_str(), to.c_str(), MOVEFILE_REPLACE_EXISTING | MOVEFILE_WRITE_THROUGH)) {
    return absl::OkStatus();
  }
  return ipc::LastWindowsError(to.u8string());
}

}  // namespace resource_broker::broker
