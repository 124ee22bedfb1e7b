#include <algorithm>

#include "bench/transport/raw_pipe.h"
#include "ipc/error_windows.h"
#include "ipc/pipe_name_windows.h"
#include "ipc/unique_handle_windows.h"

namespace resource_broker::bench {
namespace {

using ipc::UniqueHandle;

constexpr DWORD kBufferBytes = 64 << 10;
constexpr size_t kMaxAtOnce = 1 << 20;

// Synchronous: what waits less than this has no name.
class Pipe : public RawPipe {
 public:
  explicit Pipe(UniqueHandle handle) : handle_(std::move(handle)) {}

  bool Read(char* bytes, size_t size) override {
    for (size_t got = 0; got < size;) {
      DWORD now = 0;
      const auto most = static_cast<DWORD>(std::min(size - got, kMaxAtOnce));
      if (!ReadFile(handle_.get(), bytes + got, most, &now, nullptr)) return false;
      got += now;
    }
    return true;
  }

  bool Write(const char* bytes, size_t size) override {
    for (size_t sent = 0; sent < size;) {
      DWORD now = 0;
      const auto most = static_cast<DWORD>(std::min(size - sent, kMaxAtOnce));
      if (!WriteFile(handle_.get(), bytes + sent, most, &now, nullptr)) return false;
      sent += now;
    }
    return true;
  }

 private:
  const UniqueHandle handle_;
};

class PipeListener : public RawListener {
 public:
  explicit PipeListener(UniqueHandle handle) : handle_(std::move(handle)) {}

  absl::StatusOr<std::unique_ptr<RawPipe>> Accept() override {
    if (!ConnectNamedPipe(handle_.get(), nullptr) && GetLastError() != ERROR_PIPE_CONNECTED) {
      return ipc::LastWindowsError("ConnectNamedPipe");
    }
    return std::make_unique<Pipe>(std::move(handle_));
  }

 private:
  UniqueHandle handle_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<RawListener>> RawListener::Listen(const std::string& address) {
  const absl::StatusOr<std::wstring> name = ipc::PipeName(address);
  if (!name.ok()) return name.status();
  UniqueHandle handle(CreateNamedPipeW(name->c_str(), PIPE_ACCESS_DUPLEX,
                                       PIPE_TYPE_BYTE | PIPE_READMODE_BYTE | PIPE_WAIT | PIPE_REJECT_REMOTE_CLIENTS, 1,
                                       kBufferBytes, kBufferBytes, 0, nullptr));
  if (!handle.valid()) return ipc::LastWindowsError("CreateNamedPipe");
  return std::make_unique<PipeListener>(std::move(handle));
}

absl::StatusOr<std::unique_ptr<RawPipe>> DialRaw(const std::string& address) {
  const absl::StatusOr<std::wstring> name = ipc::PipeName(address);
  if (!name.ok()) return name.status();
  UniqueHandle handle(CreateFileW(name->c_str(), GENERIC_READ | GENERIC_WRITE, 0, nullptr, OPEN_EXISTING,
                                  SECURITY_SQOS_PRESENT | SECURITY_IDENTIFICATION, nullptr));
  if (!handle.valid()) return ipc::LastWindowsError("CreateFile");
  return std::make_unique<Pipe>(std::move(handle));
}

}  // namespace resource_broker::bench
