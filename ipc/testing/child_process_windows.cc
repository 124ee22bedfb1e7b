#include <array>
#include <string>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "ipc/error_windows.h"
#include "ipc/testing/child_process.h"
#include "ipc/unique_handle_windows.h"
#include "ipc/utf16.h"

namespace resource_broker::ipc::testing {
namespace {

class WindowsChild : public ChildProcess {
 public:
  WindowsChild(UniqueHandle process, uint32_t id, UniqueHandle input, UniqueHandle output)
      : process_(std::move(process)), id_(id), input_(std::move(input)), output_(std::move(output)) {
    // An anonymous pipe can't be read with a timeout, so a thread reads and others wait for it.
    reader_ = std::thread([this] { ReadAll(); });
  }

  ~WindowsChild() override {
    WindowsChild::Kill();
    // The child's end is closed now, so the read ends.
    reader_.join();
  }

  uint32_t id() const override { return id_; }

  absl::StatusOr<std::string> ReadLine(std::chrono::milliseconds timeout) override {
    absl::MutexLock lock(&mutex_);
    const auto ready = [this]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
      return ended_ || buffered_.find('\n') != std::string::npos;
    };
    if (!mutex_.AwaitWithTimeout(absl::Condition(&ready), absl::FromChrono(timeout))) {
      return absl::DeadlineExceededError("no line");
    }
    const size_t end = buffered_.find('\n');
    if (end == std::string::npos) return absl::UnavailableError("the child has ended");
    std::string line = buffered_.substr(0, end);
    buffered_.erase(0, end + 1);
    if (!line.empty() && line.back() == '\r') line.pop_back();
    return line;
  }

  void Kill() override {
    TerminateProcess(process_.get(), 1);
    WaitForSingleObject(process_.get(), INFINITE);
  }

 private:
  void ReadAll() {
    std::array<char, 4096> bytes;
    DWORD size = 0;
    while (ReadFile(output_.get(), bytes.data(), static_cast<DWORD>(bytes.size()), &size, nullptr) && size > 0) {
      absl::MutexLock lock(&mutex_);
      buffered_.append(bytes.data(), size);
    }
    absl::MutexLock lock(&mutex_);
    ended_ = true;
  }

  const UniqueHandle process_;
  const uint32_t id_;
  // The child ends when it is closed.
  const UniqueHandle input_;
  const UniqueHandle output_;
  absl::Mutex mutex_;
  std::string buffered_ ABSL_GUARDED_BY(mutex_);
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread reader_;
};

struct AnonymousPipe {
  UniqueHandle read;
  UniqueHandle write;
};

absl::StatusOr<AnonymousPipe> NewAnonymousPipe() {
  SECURITY_ATTRIBUTES inheritable{sizeof(inheritable), nullptr, TRUE};
  HANDLE read = nullptr;
  HANDLE write = nullptr;
  if (!CreatePipe(&read, &write, &inheritable, 0)) return LastWindowsError("CreatePipe");
  return AnonymousPipe{UniqueHandle(read), UniqueHandle(write)};
}

}  // namespace

absl::StatusOr<std::unique_ptr<ChildProcess>> ChildProcess::Start(const std::vector<std::string>& arguments) {
  absl::StatusOr<AnonymousPipe> input = NewAnonymousPipe();
  if (!input.ok()) return input.status();
  absl::StatusOr<AnonymousPipe> output = NewAnonymousPipe();
  if (!output.ok()) return output.status();
  // Our ends stay ours.
  SetHandleInformation(input->write.get(), HANDLE_FLAG_INHERIT, 0);
  SetHandleInformation(output->read.get(), HANDLE_FLAG_INHERIT, 0);

  std::array<wchar_t, 32768> image{};
  GetModuleFileNameW(nullptr, image.data(), static_cast<DWORD>(image.size()));
  std::wstring command = L"child";
  for (const std::string& argument : arguments) command += L" " + WideFromUtf8(argument);
  STARTUPINFOW startup{};
  startup.cb = sizeof(startup);
  startup.dwFlags = STARTF_USESTDHANDLES;
  startup.hStdInput = input->read.get();
  startup.hStdOutput = output->write.get();
  startup.hStdError = GetStdHandle(STD_ERROR_HANDLE);
  PROCESS_INFORMATION process{};
  if (!CreateProcessW(image.data(), command.data(), nullptr, nullptr, TRUE, 0, nullptr, nullptr, &startup, &process)) {
    return LastWindowsError("CreateProcess");
  }
  const UniqueHandle thread(process.hThread);
  return std::make_unique<WindowsChild>(UniqueHandle(process.hProcess), process.dwProcessId, std::move(input->write),
                                        std::move(output->read));
}

}  // namespace resource_broker::ipc::testing
