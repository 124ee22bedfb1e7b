// The thread that all pipes of the process live on.
#pragma once

#include <winsock2.h>
// After winsock2.h.
#include <windows.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"

namespace resource_broker::ipc {

// An overlapped operation. It must stay where it is while the system works on it.
struct Operation : OVERLAPPED {
  // Called on the completion thread when the operation has ended: 0 or the error, and how many bytes it moved.
  std::function<void(DWORD error, DWORD bytes)> done;

  // The system's part, ready for one more use.
  OVERLAPPED* Renew() {
    static_cast<OVERLAPPED&>(*this) = OVERLAPPED{};
    return this;
  }
};

// An I/O completion port, a timer queue and the one thread that serves both. Nothing that runs on it may block: all
// pipes of the process would wait. It begins with its first use and lives as long as the process.
class CompletionThread {
 public:
  using Clock = std::chrono::steady_clock;
  using Task = std::function<void()>;
  // Names a timer; never reused.
  using Timer = std::pair<Clock::time_point, uint64_t>;

  static CompletionThread& Get();

  CompletionThread(const CompletionThread&) = delete;
  CompletionThread& operator=(const CompletionThread&) = delete;

  // From here on the handle's operations end on this thread, except those that the system completes at once: a call
  // that returns success has ended then and there, and `done` is not called for it.
  absl::Status Add(HANDLE handle);

  // Ends `operation` on the thread as if the system had.
  void Post(Operation* operation);

  // Runs `task` on the thread.
  void Run(Task task) { RunAfter(std::chrono::milliseconds(0), std::move(task)); }
  Timer RunAfter(std::chrono::milliseconds delay, Task task);

  // Whether the caller runs on it.
  bool OnThread() const { return GetCurrentThreadId() == thread_id_; }

  // Whether `timer` will not run any more: false if it has run or is just running.
  bool Cancel(const Timer& timer);

 private:
  CompletionThread();
  ~CompletionThread() = delete;

  void Loop();
  // Runs what is due; returns how long to wait for the next.
  DWORD RunDue();

  const HANDLE port_;
  std::atomic<DWORD> thread_id_{0};
  absl::Mutex mutex_;
  uint64_t next_id_ ABSL_GUARDED_BY(mutex_) = 0;
  std::map<Timer, Task> timers_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace resource_broker::ipc
