// A program and every process it starts, as one thing that can be watched and ended.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "resource_modules/process/stream.h"

namespace resource_broker::process {

struct ProcessSpec {
  // Full path. No shell is involved; a batch file (.bat, .cmd) is refused, because Windows would run one with it.
  std::string executable;
  std::vector<std::string> arguments;
  // Empty: this process's own.
  std::string working_directory;
  // Name and value, beside this process's own environment (without the module's RESOURCE_BROKER_MODULE_*).
  std::vector<std::pair<std::string, std::string>> environment;
  // The program's standard streams are pipes, to be had by TakeStreams. Otherwise its input is empty, and its output
  // goes to this process's stderr.
  bool with_streams = false;
};

// How a program ended.
struct ExitStatus {
  // Its exit code; where a signal ended it, -1.
  int64_t code = 0;
  // The signal that ended it; 0 if none did.
  int signal = 0;

  // "exit code 3", "signal 9".
  std::string ToString() const;
};

struct Streams {
  Stream in;
  Stream out;
  Stream error;
};

// What came of asking a program to end.
struct Request {
  // Whether anybody could be asked: on Windows a program may have neither a window nor a console.
  bool delivered = false;
  // What was done, for people.
  std::string description;
};

// On Windows a job object holds the tree, and ends it if this process ends. On Linux a small process of ours stands
// between, adopts what the program leaves behind, and does the same. Thread-safe.
class ProcessTree {
 public:
  // Starts it. NotFound, PermissionDenied and the like name the file.
  static absl::StatusOr<std::unique_ptr<ProcessTree>> Start(const ProcessSpec& spec);

  // Kills what is left, and waits up to 5 s for it to be gone.
  virtual ~ProcessTree() = default;
  ProcessTree(const ProcessTree&) = delete;
  ProcessTree& operator=(const ProcessTree&) = delete;

  // Of the program itself.
  uint32_t process_id() const { return process_id_; }

  // Once, and only with `with_streams`.
  Streams TakeStreams() { return std::move(streams_); }

  // Asks the program to end: SIGTERM to its process group, and if it has ended, to what it left behind. On Windows
  // WM_CLOSE to the tree's windows and CTRL_BREAK to the program's process group.
  virtual Request AskToEnd() = 0;

  // Ends every process of the tree, without asking. Returns at once.
  virtual void Kill() = 0;

  // After the program has ended: what it started lives on from now on, whatever becomes of this tree, which is empty.
  virtual void LetGo() = 0;

  // How the program ended; nullopt while it runs.
  std::optional<ExitStatus> exit() const;

  // Whether no process of the tree is left.
  bool empty() const;

  // Wait until the program has ended, or until no process of the tree is left; whether that is so. They return earlier
  // if `give_up`, asked again after each Wake, says so. It is called with a lock held: it must not call back.
  using GiveUp = std::function<bool()>;
  bool WaitForExit(std::chrono::steady_clock::time_point deadline, const GiveUp& give_up = nullptr) const;
  bool WaitUntilEmpty(std::chrono::steady_clock::time_point deadline, const GiveUp& give_up = nullptr) const;
  void Wake();

  // Calls `function` when the program has ended, at once if it has already; on a thread of the tree, which must not be
  // destroyed there.
  void OnExit(std::function<void(const ExitStatus&)> function);

 protected:
  // What the thread that watches the processes shares with the tree; it may outlive it, if something cannot be killed.
  struct State {
    mutable absl::Mutex mutex;
    std::optional<ExitStatus> exit ABSL_GUARDED_BY(mutex);
    bool empty ABSL_GUARDED_BY(mutex) = false;
    mutable absl::CondVar changed;
    std::function<void(const ExitStatus&)> on_exit ABSL_GUARDED_BY(mutex);

    void NoteExit(const ExitStatus& status);
    void NoteEmpty();
  };

  ProcessTree() : state_(std::make_shared<State>()) {}

  const std::shared_ptr<State> state_;
  uint32_t process_id_ = 0;
  Streams streams_;

 private:
  bool Wait(std::chrono::steady_clock::time_point deadline, const GiveUp& give_up, bool until_empty) const;
};

}  // namespace resource_broker::process
