#include "clients/rhs_host/checks/instance.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "clients/names/names.h"
#include "clients/rhs_host/checks/subject.h"
#include "resource_broker/v1/win32_codes.h"

namespace resource_broker::rhs_host {
namespace {

bool IsFinal(int32_t state) {
  return state == resapi::ClusterResourceOnline || state == resapi::ClusterResourceOffline ||
         state == resapi::ClusterResourceFailed;
}

}  // namespace

// --- Calls ---

CallResult Instance::StartOnline(const OnlineArguments& arguments) {
  Begin();
  {
    absl::MutexLock lock(&mutex_);
    operation_is_online_ = true;
  }
  return subject_->Bounded("OnlineV2", [=] {
    return subject_->calls()->Online(name_, resid_, arguments, [this](uint32_t code) { Returned(code); });
  });
}

CallResult Instance::StartOffline(const OfflineArguments& arguments) {
  Begin();
  {
    absl::MutexLock lock(&mutex_);
    operation_is_online_ = false;
  }
  return subject_->Bounded("OfflineV2", [=] {
    return subject_->calls()->Offline(name_, resid_, arguments, [this](uint32_t code) { Returned(code); });
  });
}

Ended Instance::Settle(CallResult call) {
  const absl::Duration limit = subject_->options().pending_timeout;
  absl::MutexLock lock(&mutex_);
  while (phase_ == Phase::kPending) {
    const absl::Duration left = last_sign_ + limit - subject_->Elapsed();
    if (left <= absl::ZeroDuration()) break;
    const auto changed = [this, seen = last_sign_] {
      mutex_.AssertHeld();
      return phase_ != Phase::kPending || last_sign_ != seen;
    };
    mutex_.AwaitWithTimeout(absl::Condition(&changed), left);
  }
  return {std::move(call), phase_ == Phase::kPending ? std::nullopt : final_, reports_};
}

Ended Instance::Online(const OnlineArguments& arguments) { return Settle(StartOnline(arguments)); }

Ended Instance::Offline(const OfflineArguments& arguments) { return Settle(StartOffline(arguments)); }

Ended Instance::OfflineAsRhs() {
  OfflineArguments arguments;
  if (locked()) arguments.flags = resapi::CLUS_RESDLL_OFFLINE_IGNORE_RESOURCE_STATUS;
  return Offline(arguments);
}

CallResult Instance::Terminate() {
  {
    absl::MutexLock lock(&mutex_);
    phase_ = Phase::kTerminated;
    final_ = resapi::ClusterResourceOffline;
    online_ = false;
  }
  return subject_->Bounded("Terminate", [=] { return subject_->calls()->Terminate(name_, resid_); });
}

CallResult Instance::Cancel(uint32_t flags) {
  return subject_->Bounded("Cancel", [=] { return subject_->calls()->Cancel(name_, resid_, flags); });
}

bool Instance::LooksAlive() {
  return subject_->Bounded("LooksAlive", [=] { return subject_->calls()->LooksAlive(name_, resid_); }).code != 0;
}

bool Instance::IsAlive() {
  return subject_->Bounded("IsAlive", [=] { return subject_->calls()->IsAlive(name_, resid_); }).code != 0;
}

CallResult Instance::Control(const ControlArguments& arguments) {
  return subject_->Bounded("ResourceControl",
                           [=] { return subject_->calls()->ResourceControl(name_, resid_, arguments); });
}

void Instance::TerminateAndClose() {
  bool runs = false;
  {
    absl::MutexLock lock(&mutex_);
    runs = online_ || phase_ == Phase::kCalled || phase_ == Phase::kPending;
  }
  if (runs) Terminate();
  Close();
}

CallResult Instance::Close() {
  CallResult result = subject_->Bounded("Close", [=] { return subject_->calls()->Close(name_, resid_); });
  {
    absl::MutexLock lock(&mutex_);
    phase_ = Phase::kClosed;
  }
  subject_->Closed(this);
  return result;
}

// --- What is seen ---

Phase Instance::phase() const {
  absl::MutexLock lock(&mutex_);
  return phase_;
}

bool Instance::locked() const {
  absl::MutexLock lock(&mutex_);
  return locked_;
}

int Instance::lock_calls() const {
  absl::MutexLock lock(&mutex_);
  return lock_calls_;
}

std::vector<ReportSeen> Instance::reports() const {
  absl::MutexLock lock(&mutex_);
  return reports_;
}

std::vector<ReportSeen> Instance::idle_reports() const {
  absl::MutexLock lock(&mutex_);
  return idle_reports_;
}

std::vector<std::string> Instance::late_callbacks() const {
  absl::MutexLock lock(&mutex_);
  return late_callbacks_;
}

// --- What callbacks meet ---

void Instance::AnswerTerminate() {
  absl::MutexLock lock(&mutex_);
  answer_terminate_ = true;
}

void Instance::FailLockedMode(uint32_t code) {
  absl::MutexLock lock(&mutex_);
  lock_failure_ = code;
}

void Instance::HoldReport() {
  absl::MutexLock lock(&mutex_);
  holding_ = true;
}

bool Instance::AwaitHeld() {
  absl::MutexLock lock(&mutex_);
  const auto decided = [this] {
    mutex_.AssertHeld();
    return held_ || phase_ == Phase::kEnded;
  };
  mutex_.AwaitWithTimeout(absl::Condition(&decided), subject_->options().pending_timeout);
  return held_;
}

void Instance::ReleaseReport() {
  absl::MutexLock lock(&mutex_);
  holding_ = false;
}

bool Instance::AwaitReports(size_t reports) {
  absl::MutexLock lock(&mutex_);
  const auto come = [this, reports] {
    mutex_.AssertHeld();
    return reports_.size() >= reports;
  };
  return mutex_.AwaitWithTimeout(absl::Condition(&come), subject_->options().pending_timeout);
}

void Instance::Begin() {
  absl::MutexLock lock(&mutex_);
  phase_ = Phase::kCalled;
  any_operation_ = true;
  final_.reset();
  reports_.clear();
}

void Instance::Returned(uint32_t code) {
  absl::MutexLock lock(&mutex_);
  last_sign_ = subject_->Elapsed();
  if (phase_ != Phase::kCalled) return;  // terminated meanwhile
  if (code == win32::kIoPending) {
    phase_ = final_ ? Phase::kEnded : Phase::kPending;
    return;
  }
  phase_ = Phase::kEnded;
  final_ = code != win32::kSuccess ? resapi::ClusterResourceFailed
           : operation_is_online_  ? resapi::ClusterResourceOnline
                                   : resapi::ClusterResourceOffline;
  online_ = final_ == resapi::ClusterResourceOnline;
}

void Instance::NoteCallback(const char* callback) {
  absl::MutexLock lock(&mutex_);
  if (phase_ == Phase::kClosed) late_callbacks_.push_back(callback);
}

resapi::DWORD Instance::Report(const resapi::RESOURCE_STATUS_EX& status, absl::Duration now) {
  absl::MutexLock lock(&mutex_);
  if (holding_ && !held_) {
    held_ = true;
    const auto released = [this] {
      mutex_.AssertHeld();
      return !holding_;
    };
    mutex_.Await(absl::Condition(&released));
  }
  const bool final = IsFinal(status.ResourceState);
  // One that the operation before had too many may come when the next has been called.
  const resapi::CLUSTER_RESOURCE_STATE opposite =
      operation_is_online_ ? resapi::ClusterResourceOffline : resapi::ClusterResourceOnline;
  const bool stray = phase_ == Phase::kCalled && status.ResourceState == opposite;
  ReportSeen seen{status, phase_, now, stray || (final && final_.has_value() && phase_ == Phase::kEnded)};
  (any_operation_ ? reports_ : idle_reports_).push_back(seen);
  last_sign_ = now;
  if (phase_ == Phase::kTerminated || phase_ == Phase::kClosed) return resapi::ResourceExitStateTerminate;
  if (answer_terminate_) {
    phase_ = Phase::kTerminated;
    return resapi::ResourceExitStateTerminate;
  }
  if (final && !stray && !final_ && (phase_ == Phase::kCalled || phase_ == Phase::kPending)) {
    final_ = status.ResourceState;
    online_ = final_ == resapi::ClusterResourceOnline;
    if (phase_ == Phase::kPending) phase_ = Phase::kEnded;
  }
  return resapi::ResourceExitStateContinue;
}

resapi::DWORD Instance::Lock(bool locked) {
  absl::MutexLock lock(&mutex_);
  ++lock_calls_;
  if (lock_failure_ != 0) return lock_failure_;
  locked_ = locked;
  return win32::kSuccess;
}

}  // namespace resource_broker::rhs_host
