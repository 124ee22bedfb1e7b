// A program the broker starts and watches, and which lives on when the broker ends.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "broker_service/modules/process_identity.h"

namespace resource_broker::broker {

struct ChildOptions {
  std::filesystem::path program;
  // Without the program's name. UTF-8; each reaches the program as it is, whatever it contains.
  std::vector<std::string> arguments;
  // Its working directory.
  std::filesystem::path folder;
  // Added to the broker's own environment.
  std::vector<std::pair<std::string, std::string>> environment;
  // Caps; 0: none. Of memory for the whole tree on Windows, for each of its processes natively. Of processes for the
  // tree on Windows; natively for the account, threads included, and not at all for root (setrlimit(2)).
  uint64_t max_memory_bytes = 0;
  uint32_t max_processes = 0;
  // Asked first, on the child's thread; with an error no process is made, and the child has ended with it. May be null.
  std::function<absl::Status()> verify;
};

// What another broker needs to go on with a child.
struct ChildRecord {
  ProcessIdentity identity;
  // The child's own handles on the ends this side reads its output from, and on its job (Windows only). The child never
  // uses them; they are there so that its output is not broken off while no broker lives, and to be taken back.
  uint64_t output = 0;
  uint64_t errors = 0;
  uint64_t job = 0;
};

// How it ended.
struct ChildEnd {
  // Not OK: it never ran, or is not the one of the record, and this is why.
  absl::Status start;
  // Its exit code; natively the signal's number, negative, if it was killed by one.
  int64_t exit_code = 0;
  // Natively only the broker that started it is told the exit code.
  bool exit_code_known = true;

  // "ended with exit code 3", "was killed by signal 11".
  std::string ToString() const;
};

enum class ChildStream { kOutput, kErrors };

// Told of one child, by calls that come one after another on the child's own thread. Must not block for long: the child
// would, too, when it writes.
class ChildDelegate {
 public:
  virtual ~ChildDelegate() = default;
  // It runs; also for one that is adopted.
  virtual void OnStarted(const ChildRecord& record) = 0;
  // Bytes as they came; lines may be split anywhere.
  virtual void OnOutput(ChildStream stream, std::string_view bytes) = 0;
  // Exactly once, last; not after LetGo.
  virtual void OnEnded(const ChildEnd& end) = 0;
};

class ChildWatcher;

// The child is the head of a tree of its own: a process group, on Windows a job, which does not end with the broker,
// and which the child's own children may leave. It inherits its three standard handles (stdin is empty) and those of
// ChildRecord, nothing else. While no broker reads, what it prints stays in the pipes, up to 1 MiB each natively and 64
// KiB on Windows; beyond that a write waits. One thread watches it. Thread-safe.
class ChildProcess {
 public:
  // Both return at once; what there is to do is done on the child's thread.
  static std::unique_ptr<ChildProcess> Start(ChildOptions options, std::shared_ptr<ChildDelegate> delegate);
  // A child another broker started. If the process of the record's identity does not run any more, it has ended.
  static std::unique_ptr<ChildProcess> Adopt(const ChildRecord& record, std::shared_ptr<ChildDelegate> delegate);

  // Kills the tree if the child has neither ended nor been let go, and waits for the thread (which ends within a moment
  // then), unless this is that thread.
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  // Ends it and all that is in its tree, at once. Nothing happens once it has ended.
  void KillTree();

  // It lives on without being watched, for another broker to adopt.
  void LetGo();

 private:
  // `run` is what the child's thread does.
  ChildProcess(std::shared_ptr<ChildWatcher> watcher, std::function<void()> run);

  const std::shared_ptr<ChildWatcher> watcher_;
  std::thread thread_;
};

}  // namespace resource_broker::broker
