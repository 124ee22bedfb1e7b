#include "ipc/completion_thread_windows.h"

#include <algorithm>
#include <cstdlib>
#include <thread>

#include "ipc/error_windows.h"

namespace resource_broker::ipc {

CompletionThread& CompletionThread::Get() {
  // Not destroyed: gRPC's own threads use it until the process is gone.
  static CompletionThread& instance = *new CompletionThread();
  return instance;
}

CompletionThread::CompletionThread() : port_(CreateIoCompletionPort(INVALID_HANDLE_VALUE, nullptr, 0, 1)) {
  // Without it nothing works, and a process that can't make a handle any more has other troubles first.
  if (port_ == nullptr) std::abort();
  std::thread([this] { Loop(); }).detach();
}

absl::Status CompletionThread::Add(HANDLE handle) {
  if (CreateIoCompletionPort(handle, port_, 0, 0) == nullptr) return LastWindowsError("CreateIoCompletionPort");
  if (!SetFileCompletionNotificationModes(handle,
                                          FILE_SKIP_COMPLETION_PORT_ON_SUCCESS | FILE_SKIP_SET_EVENT_ON_HANDLE)) {
    return LastWindowsError("SetFileCompletionNotificationModes");
  }
  return absl::OkStatus();
}

void CompletionThread::Post(Operation* operation) { PostQueuedCompletionStatus(port_, 0, 0, operation); }

CompletionThread::Timer CompletionThread::RunAfter(std::chrono::milliseconds delay, Task task) {
  Timer timer;
  bool is_first;
  {
    absl::MutexLock lock(&mutex_);
    timer = {Clock::now() + delay, next_id_++};
    timers_.emplace(timer, std::move(task));
    is_first = timers_.begin()->first == timer;
  }
  // The thread waits for a later one, unless it is this, which looks before it waits again.
  if (is_first && !OnThread()) PostQueuedCompletionStatus(port_, 0, 0, nullptr);
  return timer;
}

bool CompletionThread::Cancel(const Timer& timer) {
  Task task;
  absl::MutexLock lock(&mutex_);
  const auto found = timers_.find(timer);
  if (found == timers_.end()) return false;
  // Destroyed after the lock is released, with what it holds.
  task = std::move(found->second);
  timers_.erase(found);
  return true;
}

void CompletionThread::Loop() {
  thread_id_ = GetCurrentThreadId();
  while (true) {
    const DWORD wait = RunDue();
    DWORD bytes = 0;
    ULONG_PTR key = 0;
    OVERLAPPED* overlapped = nullptr;
    const bool ok = GetQueuedCompletionStatus(port_, &bytes, &key, &overlapped, wait);
    const DWORD error = ok ? ERROR_SUCCESS : GetLastError();
    // None: a timeout, or a new timer.
    if (overlapped == nullptr) continue;
    // A copy, since the operation may be destroyed by what it does.
    const auto done = static_cast<Operation*>(overlapped)->done;
    done(error, bytes);
  }
}

DWORD CompletionThread::RunDue() {
  // Only those due now: a task that makes a new one must not keep the thread from its pipes.
  const Timer due{Clock::now(), UINT64_MAX};
  while (true) {
    Task task;
    {
      absl::MutexLock lock(&mutex_);
      if (timers_.empty()) return INFINITE;
      const auto first = timers_.begin();
      if (first->first > due) {
        const auto wait = std::chrono::ceil<std::chrono::milliseconds>(first->first.first - Clock::now());
        return static_cast<DWORD>(std::clamp<int64_t>(wait.count(), 0, 60'000));
      }
      task = std::move(first->second);
      timers_.erase(first);
    }
    task();
  }
}

}  // namespace resource_broker::ipc
