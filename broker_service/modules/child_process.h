// A program the broker starts and watches.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"

namespace resource_broker::broker {

struct ChildOptions {
  std::filesystem::path program;
  // Without the program's name. UTF-8; each reaches the program as it is, whatever it contains.
  std::vector<std::string> arguments;
  // Its working directory.
  std::filesystem::path folder;
  // Added to the broker's own environment.
  std::vector<std::pair<std::string, std::string>> environment;
};

// How it ended.
struct ChildEnd {
  // Not OK: it never ran, and this is why.
  absl::Status start;
  // Its exit code; natively the signal's number, negative, if it was killed by one.
  int64_t exit_code = 0;

  // "ended with exit code 3", "was killed by signal 11".
  std::string ToString() const;
};

enum class ChildStream { kOutput, kErrors };

// Told of one child, by calls that come one after another on the child's own thread. Must not block for long: the child
// would, too, when it writes.
class ChildDelegate {
 public:
  virtual ~ChildDelegate() = default;
  virtual void OnStarted(uint32_t process_id) = 0;
  // Bytes as they came; lines may be split anywhere.
  virtual void OnOutput(ChildStream stream, std::string_view bytes) = 0;
  // Exactly once, last.
  virtual void OnEnded(const ChildEnd& end) = 0;
};

// The child is the head of a tree of its own: a process group, on Windows a job, which does not end with the broker,
// and which the child's own children may leave. It inherits nothing but its three standard handles; its stdin is a pipe
// nothing is ever written to. One thread watches it. Thread-safe.
class ChildProcess {
 public:
  // Returns at once; the program is started on the child's thread.
  static std::unique_ptr<ChildProcess> Start(ChildOptions options, std::shared_ptr<ChildDelegate> delegate);

  // Kills the tree if the child has not ended, and waits for the thread (which ends within a moment then), unless this
  // is that thread.
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  // Tells a well-behaved program to end. Idempotent.
  void CloseInput();

  // Ends it and all that is in its tree, at once. Nothing happens once it has ended.
  void KillTree();

 private:
  struct State;
  ChildProcess() = default;

  std::shared_ptr<State> state_;
  std::thread thread_;
};

}  // namespace resource_broker::broker
