#include "bridge_dll/host_link.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace resource_broker::bridge {

void HostLink::OnTerminated(std::function<void(const std::string&)> terminated) {
  absl::MutexLock lock(&mutex_);
  terminated_ = std::move(terminated);
}

void HostLink::LogNow(resapi::LOG_LEVEL level, absl::string_view text) { host_.Log(handle_, level, text); }

void HostLink::Log(resapi::LOG_LEVEL level, absl::string_view text) {
  absl::MutexLock lock(&mutex_);
  if (closed_) return;
  if (entries_.size() >= kMaxWaitingEntries) {
    ++entries_dropped_;
    return;
  }
  entries_.push_back({level, std::string(text)});
  WakeAt(SteadyTime());
}

void HostLink::SetLocked(bool locked, uint32_t reason) {
  absl::MutexLock lock(&mutex_);
  if (closed_) return;
  lock_ = Lock{locked, reason};
  WakeAt(SteadyTime());
}

void HostLink::SignalFailure(uint32_t failure_type, uint32_t application_error) {
  absl::MutexLock lock(&mutex_);
  if (closed_) return;
  failure_ = Failure{failure_type, application_error};
  WakeAt(SteadyTime());
}

void HostLink::Pend(const std::string& operation_id, v1::OperationKind kind,
                    std::chrono::milliseconds pending_timeout) {
  absl::MutexLock lock(&mutex_);
  if (closed_) return;
  operation_.emplace(Operation{operation_id, ReportSchedule(kind, pending_timeout)});
  operation_->reports.Pended(Now());
  WakeAt(operation_->reports.due());
}

void HostLink::Progress(const std::string& operation_id) {
  absl::MutexLock lock(&mutex_);
  if (!operation_.has_value() || operation_->id != operation_id) return;
  operation_->reports.Progressed();
  WakeAt(operation_->reports.due());
}

void HostLink::End(const std::string& operation_id, const resapi::RESOURCE_STATUS_EX& status) {
  absl::MutexLock lock(&mutex_);
  if (!operation_.has_value() || operation_->id != operation_id) return;
  operation_->reports.Ended(status);
  WakeAt(operation_->reports.due());
}

bool HostLink::pending() const {
  absl::MutexLock lock(&mutex_);
  return operation_.has_value();
}

void HostLink::Silence(SteadyTime deadline) {
  absl::MutexLock lock(&mutex_);
  operation_.reset();
  WaitForCallback(deadline);
}

void HostLink::ReleaseLock() {
  bool locked = false;
  {
    absl::MutexLock lock(&mutex_);
    lock_.reset();
    locked = std::exchange(told_locked_, false);
  }
  if (locked) host_.SetLocked(handle_, false, 0);
}

void HostLink::Close(SteadyTime deadline) {
  absl::MutexLock lock(&mutex_);
  closed_ = true;
  operation_.reset();
  entries_.clear();
  WaitForCallback(deadline);
}

void HostLink::WaitForCallback(SteadyTime deadline) {
  if (Reporter::Get().OnThread()) return;
  const auto made = [this]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return !in_callback_; };
  mutex_.AwaitWithTimeout(absl::Condition(&made), Until(deadline));
}

SteadyTime HostLink::Run(SteadyTime now) {
  while (true) {
    std::function<void()> callback;
    {
      absl::MutexLock lock(&mutex_);
      in_callback_ = false;
      callback = Next(now);
      if (callback == nullptr) return operation_.has_value() ? operation_->reports.due() : kNever;
      in_callback_ = true;
    }
    callback();
  }
}

std::function<void()> HostLink::Next(SteadyTime now) {
  if (closed_) return nullptr;
  if (!entries_.empty()) {
    Entry entry = std::move(entries_.front());
    entries_.pop_front();
    return [this, entry = std::move(entry)] { host_.Log(handle_, entry.level, entry.text); };
  }
  if (entries_dropped_ != 0) {
    return [this, dropped = std::exchange(entries_dropped_, 0)] {
      host_.Log(handle_, resapi::LOG_WARNING, absl::StrCat(dropped, " log entries came too fast and are left out."));
    };
  }
  if (lock_.has_value()) {
    const Lock wish = *std::exchange(lock_, std::nullopt);
    if (wish.locked != told_locked_) return [this, wish] { TellLock(wish); };
  }
  if (failure_.has_value()) {
    const Failure failure = *std::exchange(failure_, std::nullopt);
    return [this, failure] { host_.SignalFailure(handle_, failure.type, failure.application_error); };
  }
  return NextReport(now);
}

void HostLink::TellLock(Lock lock) {
  const uint32_t code = host_.SetLocked(handle_, lock.locked, lock.reason);
  absl::MutexLock guard(&mutex_);
  // An error leaves things as they were.
  if (code == 0) told_locked_ = lock.locked;
}

std::function<void()> HostLink::NextReport(SteadyTime now) {
  if (!operation_.has_value()) return nullptr;
  const std::optional<resapi::RESOURCE_STATUS_EX> status = operation_->reports.Next(now);
  if (!status.has_value()) return nullptr;
  const std::string id = operation_->id;
  // Before the host hears of the end, which may ask for the next operation right away.
  if (operation_->reports.finished()) operation_.reset();
  return [this, id, status = *status, terminated = terminated_] {
    if (host_.Report(handle_, status)) return;
    {
      absl::MutexLock lock(&mutex_);
      if (operation_.has_value() && operation_->id == id) operation_.reset();
    }
    terminated(id);
  };
}

}  // namespace resource_broker::bridge
