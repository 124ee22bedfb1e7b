#include <algorithm>
#include <array>

#include "ipc/error_windows.h"
#include "ipc/pipe_name_windows.h"
#include "ipc/testing/raw_client.h"
#include "ipc/unique_handle_windows.h"

namespace resource_broker::ipc::testing {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// Overlapped handles, so that every wait has an end; an event instead of a completion port, so that nothing is shared
// with what is tested.
class Pipe {
 public:
  explicit Pipe(UniqueHandle handle)
      : handle_(std::move(handle)), event_(CreateEventW(nullptr, TRUE, FALSE, nullptr)) {}

  // Runs `start`, which begins an operation, to its end. The number of bytes, or a status; 0 also when the other end
  // has closed.
  template <typename Start>
  absl::StatusOr<DWORD> Run(const char* what, milliseconds timeout, const Start& start) {
    OVERLAPPED overlapped{};
    overlapped.hEvent = event_.get();
    DWORD bytes = 0;
    if (!start(handle_.get(), &overlapped) && GetLastError() != ERROR_IO_PENDING) return Failed(what);
    if (WaitForSingleObject(event_.get(), static_cast<DWORD>(timeout.count())) != WAIT_OBJECT_0) {
      CancelIoEx(handle_.get(), &overlapped);
      GetOverlappedResult(handle_.get(), &overlapped, &bytes, TRUE);
      return absl::DeadlineExceededError(what);
    }
    if (!GetOverlappedResult(handle_.get(), &overlapped, &bytes, FALSE)) return Failed(what);
    return bytes;
  }

  absl::StatusOr<std::string> Read(milliseconds timeout) {
    const absl::StatusOr<DWORD> size = Run("ReadFile", timeout, [this](HANDLE handle, OVERLAPPED* overlapped) {
      return ReadFile(handle, buffer_.data(), static_cast<DWORD>(buffer_.size()), nullptr, overlapped);
    });
    if (!size.ok()) return size.status();
    return std::string(buffer_.data(), *size);
  }

  absl::Status Write(const std::string& bytes) {
    const absl::StatusOr<DWORD> size =
        Run("WriteFile", std::chrono::seconds(20), [&bytes](HANDLE handle, OVERLAPPED* overlapped) {
          return WriteFile(handle, bytes.data(), static_cast<DWORD>(bytes.size()), nullptr, overlapped);
        });
    if (!size.ok()) return size.status();
    return *size == bytes.size() ? absl::OkStatus() : absl::UnavailableError("the other end has closed");
  }

 private:
  static absl::StatusOr<DWORD> Failed(const char* what) {
    const DWORD error = GetLastError();
    if (error == ERROR_BROKEN_PIPE || error == ERROR_PIPE_NOT_CONNECTED || error == ERROR_NO_DATA) return DWORD{0};
    return WindowsError(error, what);
  }

  UniqueHandle handle_;
  UniqueHandle event_;
  std::array<char, 64 << 10> buffer_;
};

class PipeClient : public RawClient {
 public:
  explicit PipeClient(UniqueHandle handle) : pipe_(std::move(handle)) {}
  absl::Status Write(const std::string& bytes) override { return pipe_.Write(bytes); }
  absl::StatusOr<std::string> Read(milliseconds timeout) override { return pipe_.Read(timeout); }

 private:
  Pipe pipe_;
};

class PipeServer : public RawServer {
 public:
  explicit PipeServer(UniqueHandle handle) : pipe_(std::move(handle)) {}

  absl::StatusOr<std::string> ReceiveAll(milliseconds timeout) override {
    const auto deadline = steady_clock::now() + timeout;
    const auto left = [deadline] {
      return std::max(milliseconds(0), std::chrono::ceil<milliseconds>(deadline - steady_clock::now()));
    };
    bool was_there = false;
    const auto connected = pipe_.Run("ConnectNamedPipe", left(), [&](HANDLE handle, OVERLAPPED* overlapped) -> BOOL {
      const BOOL ok = ConnectNamedPipe(handle, overlapped);
      was_there = ok == 0 && GetLastError() == ERROR_PIPE_CONNECTED;
      return ok;
    });
    if (!connected.ok() && !was_there) return connected.status();
    std::string received;
    while (true) {
      absl::StatusOr<std::string> bytes = pipe_.Read(left());
      if (!bytes.ok()) return bytes.status();
      if (bytes->empty()) return received;
      received += *bytes;
    }
  }

 private:
  Pipe pipe_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<RawClient>> RawClient::Dial(const std::string& address, milliseconds timeout) {
  absl::StatusOr<std::wstring> name = PipeName(address);
  if (!name.ok()) return name.status();
  const auto deadline = steady_clock::now() + timeout;
  while (true) {
    UniqueHandle handle(CreateFileW(name->c_str(), GENERIC_READ | FILE_WRITE_DATA | FILE_WRITE_ATTRIBUTES, 0, nullptr,
                                    OPEN_EXISTING,
                                    FILE_FLAG_OVERLAPPED | SECURITY_SQOS_PRESENT | SECURITY_IDENTIFICATION, nullptr));
    if (handle.valid()) return std::make_unique<PipeClient>(std::move(handle));
    const DWORD error = GetLastError();
    if (error != ERROR_PIPE_BUSY || steady_clock::now() >= deadline) return WindowsError(error, "CreateFile");
    WaitNamedPipeW(name->c_str(), 10);
  }
}

absl::StatusOr<std::unique_ptr<RawServer>> RawServer::Listen(const std::string& address) {
  absl::StatusOr<std::wstring> name = PipeName(address);
  if (!name.ok()) return name.status();
  UniqueHandle handle(CreateNamedPipeW(name->c_str(), PIPE_ACCESS_DUPLEX | FILE_FLAG_OVERLAPPED,
                                       PIPE_TYPE_BYTE | PIPE_READMODE_BYTE | PIPE_WAIT, PIPE_UNLIMITED_INSTANCES, 4096,
                                       4096, 0, nullptr));
  if (!handle.valid()) return LastWindowsError("CreateNamedPipe");
  return std::make_unique<PipeServer>(std::move(handle));
}

}  // namespace resource_broker::ipc::testing
