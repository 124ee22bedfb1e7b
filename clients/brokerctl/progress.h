// How far work on several nodes is, on standard error.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <ostream>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace resource_broker::brokerctl {

class ProgressBoard;

// Of one node.
class Progress {
 public:
  // The work that begins now, and how much it is: bytes, or things of `unit`. Beginning again begins at 0.
  void Begin(const std::string& what, uint64_t total, const std::string& unit = "");
  // So much is done; never less than before, and what is more than the total is not shown.
  void Done(uint64_t done);

 private:
  friend class ProgressBoard;
  Progress(ProgressBoard* board, size_t line) : board_(board), line_(line) {}
  ProgressBoard* board_;
  size_t line_;
};

// On a terminal a bar for each node that has begun, drawn again in its place; else a line every ten percent. Any
// thread.
class ProgressBoard {
 public:
  using Clock = std::function<absl::Time()>;
  // Names are shown where there is more than one. `now` is for tests.
  ProgressBoard(std::ostream* out, bool terminal, std::vector<std::string> names, Clock now = absl::Now);

  Progress Of(size_t node) { return Progress(this, node); }

 private:
  friend class Progress;
  struct Line {
    std::string what;
    std::string unit;
    uint64_t total = 0;
    uint64_t done = 0;
    uint64_t shown_percent = 0;
    absl::Time begun;
    bool active = false;
  };

  void Begin(size_t node, const std::string& what, uint64_t total, const std::string& unit);
  void Done(size_t node, uint64_t done);
  void Draw() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::string Text(size_t node) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const bool terminal_;
  const std::vector<std::string> names_;
  const Clock now_;
  absl::Mutex mutex_;
  std::ostream* const out_ ABSL_PT_GUARDED_BY(mutex_);
  std::vector<Line> lines_ ABSL_GUARDED_BY(mutex_);
  size_t drawn_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::Time drawn_at_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
};

}  // namespace resource_broker::brokerctl
