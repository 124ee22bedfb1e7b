#include "resource_modules/process/pipe_windows.h"

#include <algorithm>
#include <string>
#include <utility>

#include "ipc/error_windows.h"
#include "ipc/random.h"
#include "ipc/utf16.h"
#include "resource_modules/process/pipe.h"

namespace resource_broker::process {
namespace {

using ipc::UniqueHandle;

constexpr DWORD kBufferBytes = 64 << 10;

class WindowsPipe final : public Stream::Pipe {
 public:
  WindowsPipe(UniqueHandle pipe, UniqueHandle done, UniqueHandle interrupted)
      : pipe_(std::move(pipe)), done_(std::move(done)), interrupted_(std::move(interrupted)) {}

  size_t Read(char* buffer, size_t size) override {
    DWORD wanted = static_cast<DWORD>(std::min<size_t>(size, kBufferBytes));
    DWORD count = 0;
    bool ok = true;
    // A read of nothing is a write of nothing at the other end, not the end.
    while (ok && count == 0) {
      OVERLAPPED operation = Begin();
      ok = ReadFile(pipe_.get(), buffer, wanted, nullptr, &operation) != 0 || GetLastError() == ERROR_IO_PENDING;
      if (ok) ok = Await(&operation, &count);
    }
    return count;
  }

  bool WriteAll(absl::string_view bytes) override {
    while (!bytes.empty()) {
      DWORD wanted = static_cast<DWORD>(std::min<size_t>(bytes.size(), kBufferBytes));
      DWORD count = 0;
      OVERLAPPED operation = Begin();
      if (WriteFile(pipe_.get(), bytes.data(), wanted, nullptr, &operation) == 0 &&
          GetLastError() != ERROR_IO_PENDING) {
        return false;
      }
      if (!Await(&operation, &count)) return false;
      bytes.remove_prefix(count);
    }
    return true;
  }

  void Interrupt() override { SetEvent(interrupted_.get()); }

 private:
  OVERLAPPED Begin() {
    OVERLAPPED operation = {};
    operation.hEvent = done_.get();
    return operation;
  }

  // Waits until it is done, or takes it back once interrupted; false if it failed or moved nothing.
  bool Await(OVERLAPPED* operation, DWORD* count) {
    HANDLE waited[] = {done_.get(), interrupted_.get()};
    if (WaitForMultipleObjects(2, waited, FALSE, INFINITE) != WAIT_OBJECT_0) CancelIoEx(pipe_.get(), operation);
    // It may have been done just before it was taken back.
    return GetOverlappedResult(pipe_.get(), operation, count, TRUE) != 0;
  }

  UniqueHandle pipe_;
  UniqueHandle done_;
  UniqueHandle interrupted_;
};

// Anonymous pipes cannot be waited for together with something else; a named one can.
absl::StatusOr<PipePair> MakePipe(DWORD our_access, DWORD their_access) {
  std::wstring name = ipc::WideFromUtf8("\\\\.\\pipe\\resource-broker-stream-" + ipc::RandomHex());
  UniqueHandle ours(CreateNamedPipeW(name.c_str(), our_access | FILE_FLAG_OVERLAPPED | FILE_FLAG_FIRST_PIPE_INSTANCE,
                                     PIPE_TYPE_BYTE | PIPE_WAIT | PIPE_REJECT_REMOTE_CLIENTS, 1, kBufferBytes,
                                     kBufferBytes, 0, nullptr));
  if (!ours.valid()) return ipc::LastWindowsError("CreateNamedPipe");
  SECURITY_ATTRIBUTES inheritable = {sizeof(inheritable), nullptr, TRUE};
  PipePair pair;
  pair.theirs = UniqueHandle(
      CreateFileW(name.c_str(), their_access, 0, &inheritable, OPEN_EXISTING, FILE_ATTRIBUTE_NORMAL, nullptr));
  if (!pair.theirs.valid()) return ipc::LastWindowsError("CreateFile of a pipe");
  UniqueHandle done(CreateEventW(nullptr, TRUE, FALSE, nullptr));
  UniqueHandle interrupted(CreateEventW(nullptr, TRUE, FALSE, nullptr));
  if (!done.valid() || !interrupted.valid()) return ipc::LastWindowsError("CreateEvent");
  pair.ours = Stream(std::make_unique<WindowsPipe>(std::move(ours), std::move(done), std::move(interrupted)));
  return pair;
}

}  // namespace

absl::StatusOr<PipePair> MakePipeToReadFrom() { return MakePipe(PIPE_ACCESS_INBOUND, GENERIC_WRITE); }
absl::StatusOr<PipePair> MakePipeToWriteTo() { return MakePipe(PIPE_ACCESS_OUTBOUND, GENERIC_READ); }

}  // namespace resource_broker::process
