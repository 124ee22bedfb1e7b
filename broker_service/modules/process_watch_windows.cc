#include <unordered_map>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "broker_service/modules/process_watch.h"
#include "ipc/error_windows.h"
#include "ipc/unique_handle_windows.h"

namespace resource_broker::broker {
namespace {

// A wait on each process in the system's thread pool, which needs a thread for 63 of them.
class WindowsProcessWatch : public ProcessWatch {
 public:
  explicit WindowsProcessWatch(std::function<void(Id)> on_end) : on_end_(std::move(on_end)) {}

  ~WindowsProcessWatch() override {
    std::unordered_map<Id, std::unique_ptr<Process>> left;
    {
      absl::MutexLock lock(&mu_);
      left.swap(processes_);
    }
    // Waits for its callback, which finds nothing any more.
    for (const auto& [id, process] : left) UnregisterWaitEx(process->wait, INVALID_HANDLE_VALUE);
    const auto none = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) { return telling_ == 0; };
    absl::MutexLock lock(&mu_);
    mu_.Await(absl::Condition(&none));
  }

  absl::Status Add(uint32_t process_id) override {
    auto opened = std::make_unique<Process>();
    opened->number = process_id;
    opened->watch = this;
    opened->handle = ipc::UniqueHandle(OpenProcess(SYNCHRONIZE, FALSE, process_id));
    if (!opened->handle.valid()) {
      if (GetLastError() == ERROR_INVALID_PARAMETER) {
        return absl::NotFoundError(absl::StrCat("process ", process_id, " does not run"));
      }
      return ipc::LastWindowsError(absl::StrCat("OpenProcess ", process_id));
    }
    // It can be opened still as long as anybody has a handle to it.
    if (WaitForSingleObject(opened->handle.get(), 0) != WAIT_TIMEOUT) {
      return absl::NotFoundError(absl::StrCat("process ", process_id, " has ended"));
    }
    // Held until the entry is complete: its callback may come at once.
    absl::MutexLock lock(&mu_);
    for (const auto& [id, process] : processes_) {
      // One that has ended, but whose end is not told yet, is another.
      if (process->number == process_id && WaitForSingleObject(process->handle.get(), 0) == WAIT_TIMEOUT) {
        return absl::OkStatus();
      }
    }
    if (processes_.size() >= kMaxProcesses) {
      return absl::ResourceExhaustedError(absl::StrCat(kMaxProcesses, " processes are watched"));
    }
    opened->id = ++last_id_;
    if (!RegisterWaitForSingleObject(&opened->wait, opened->handle.get(), &OnEnded, opened.get(), INFINITE,
                                     WT_EXECUTEONLYONCE)) {
      return ipc::LastWindowsError("RegisterWaitForSingleObject");
    }
    const Id id = opened->id;
    processes_.emplace(id, std::move(opened));
    return absl::OkStatus();
  }

  Id Find(uint32_t process_id) const override {
    Id newest = 0;
    absl::MutexLock lock(&mu_);
    for (const auto& [id, process] : processes_) {
      if (process->number == process_id && id > newest) newest = id;
    }
    return newest;
  }

 private:
  struct Process {
    Id id = 0;
    uint32_t number = 0;
    WindowsProcessWatch* watch = nullptr;
    ipc::UniqueHandle handle;
    HANDLE wait = nullptr;
  };

  static void CALLBACK OnEnded(void* context, BOOLEAN) {
    const auto* process = static_cast<Process*>(context);
    process->watch->Tell(process->id);
  }

  void Tell(Id id) {
    std::unique_ptr<Process> ended;
    {
      absl::MutexLock lock(&mu_);
      const auto found = processes_.find(id);
      if (found == processes_.end()) return;
      ended = std::move(found->second);
      processes_.erase(found);
      ++telling_;
    }
    // Does not wait for the callback it is called in.
    UnregisterWait(ended->wait);
    on_end_(id);
    absl::MutexLock lock(&mu_);
    --telling_;
  }

  const std::function<void(Id)> on_end_;
  mutable absl::Mutex mu_;
  std::unordered_map<Id, std::unique_ptr<Process>> processes_ ABSL_GUARDED_BY(mu_);
  Id last_id_ ABSL_GUARDED_BY(mu_) = 0;
  // Callbacks that have taken their entry.
  int telling_ ABSL_GUARDED_BY(mu_) = 0;
};

}  // namespace

std::unique_ptr<ProcessWatch> ProcessWatch::Start(std::function<void(Id)> on_end) {
  return std::make_unique<WindowsProcessWatch>(std::move(on_end));
}

}  // namespace resource_broker::broker
