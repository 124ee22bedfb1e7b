#include "resource_modules/process/process_tree.h"

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"

namespace resource_broker::process {

std::string ExitStatus::ToString() const {
  return signal != 0 ? absl::StrCat("signal ", signal) : absl::StrCat("exit code ", code);
}

std::optional<ExitStatus> ProcessTree::exit() const {
  absl::MutexLock lock(&state_->mutex);
  return state_->exit;
}

bool ProcessTree::empty() const {
  absl::MutexLock lock(&state_->mutex);
  return state_->empty;
}

bool ProcessTree::WaitForExit(std::chrono::steady_clock::time_point deadline, const GiveUp& give_up) const {
  return Wait(deadline, give_up, false);
}

bool ProcessTree::WaitUntilEmpty(std::chrono::steady_clock::time_point deadline, const GiveUp& give_up) const {
  return Wait(deadline, give_up, true);
}

bool ProcessTree::Wait(std::chrono::steady_clock::time_point deadline, const GiveUp& give_up, bool until_empty) const {
  absl::MutexLock lock(&state_->mutex);
  while (true) {
    if (until_empty ? state_->empty : state_->exit.has_value()) return true;
    if (give_up && give_up()) return false;
    auto left = deadline - std::chrono::steady_clock::now();
    if (left <= std::chrono::steady_clock::duration::zero()) return false;
    state_->changed.WaitWithTimeout(&state_->mutex, absl::FromChrono(left));
  }
}

void ProcessTree::Wake() {
  absl::MutexLock lock(&state_->mutex);
  state_->changed.SignalAll();
}

void ProcessTree::OnExit(std::function<void(const ExitStatus&)> function) {
  std::optional<ExitStatus> exit;
  {
    absl::MutexLock lock(&state_->mutex);
    exit = state_->exit;
    if (!exit.has_value()) state_->on_exit = std::move(function);
  }
  if (exit.has_value()) function(*exit);
}

void ProcessTree::State::NoteExit(const ExitStatus& status) {
  std::function<void(const ExitStatus&)> function;
  {
    absl::MutexLock lock(&mutex);
    exit = status;
    function = std::move(on_exit);
    changed.SignalAll();
  }
  if (function) function(status);
}

void ProcessTree::State::NoteEmpty() {
  absl::MutexLock lock(&mutex);
  empty = true;
  changed.SignalAll();
}

}  // namespace resource_broker::process
