#include "bridge_dll/testing/fake_host.h"

#include <algorithm>
#include <cstdarg>
#include <memory>

#include "absl/time/time.h"

namespace resource_broker::bridge::testing {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(10);

std::u16string Text(const resapi::WCHAR* text) {
  std::u16string copy;
  while (*text != 0) copy.push_back(static_cast<char16_t>(*text++));
  return copy;
}

FakeHost* HostOf(resapi::RESOURCE_HANDLE handle) { return static_cast<FakeHost*>(handle); }

}  // namespace

bool IsFinal(const resapi::RESOURCE_STATUS_EX& status) {
  return status.ResourceState == resapi::ClusterResourceOnline ||
         status.ResourceState == resapi::ClusterResourceOffline ||
         status.ResourceState == resapi::ClusterResourceFailed;
}

FakeHost* FakeHost::New() {
  static auto* const all = new std::vector<std::unique_ptr<FakeHost>>;
  all->push_back(std::unique_ptr<FakeHost>(new FakeHost));
  return all->back().get();
}

resapi::CLRES_CALLBACK_FUNCTION_TABLE* FakeHost::Callbacks() {
  static resapi::CLRES_CALLBACK_FUNCTION_TABLE table{LogEvent, SetResourceStatusEx, SetResourceLockedMode,
                                                     SignalFailure, nullptr};
  return &table;
}

void FakeHost::LogEvent(resapi::RESOURCE_HANDLE handle, resapi::LOG_LEVEL level, const resapi::WCHAR* format, ...) {
  va_list inserts;
  va_start(inserts, format);
  const std::u16string insert = Text(va_arg(inserts, const resapi::WCHAR*));
  va_end(inserts);
  absl::MutexLock lock(&HostOf(handle)->mutex_);
  HostOf(handle)->log_.push_back({level, Text(format), insert});
}

resapi::DWORD FakeHost::SetResourceStatusEx(resapi::RESOURCE_HANDLE handle, resapi::RESOURCE_STATUS_EX* status) {
  FakeHost* host = HostOf(handle);
  {
    absl::MutexLock lock(&host->mutex_);
    host->reports_.push_back({*status, std::chrono::steady_clock::now()});
  }
  return host->on_report != nullptr ? host->on_report(*status) : resapi::DWORD{resapi::ResourceExitStateContinue};
}

resapi::DWORD FakeHost::SetResourceLockedMode(resapi::RESOURCE_HANDLE handle, resapi::BOOL locked,
                                              resapi::DWORD reason) {
  absl::MutexLock lock(&HostOf(handle)->mutex_);
  HostOf(handle)->locks_.push_back({locked != 0, static_cast<uint32_t>(reason)});
  return HostOf(handle)->lock_answer;
}

resapi::DWORD FakeHost::SignalFailure(resapi::RESOURCE_HANDLE handle, resapi::FAILURE_TYPE type,
                                      resapi::DWORD application_error) {
  absl::MutexLock lock(&HostOf(handle)->mutex_);
  HostOf(handle)->failures_.push_back({static_cast<uint32_t>(type), static_cast<uint32_t>(application_error)});
  return 0;
}

std::vector<FakeHost::Report> FakeHost::reports(size_t count) {
  absl::MutexLock lock(&mutex_);
  const auto enough = [this, count]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return reports_.size() >= count; };
  mutex_.AwaitWithTimeout(absl::Condition(&enough), kPatience);
  return reports_;
}

std::vector<FakeHost::LockCall> FakeHost::locks(size_t count) {
  absl::MutexLock lock(&mutex_);
  const auto enough = [this, count]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return locks_.size() >= count; };
  mutex_.AwaitWithTimeout(absl::Condition(&enough), kPatience);
  return locks_;
}

std::vector<FakeHost::FailureCall> FakeHost::failures(size_t count) {
  absl::MutexLock lock(&mutex_);
  const auto enough = [this, count]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return failures_.size() >= count; };
  mutex_.AwaitWithTimeout(absl::Condition(&enough), kPatience);
  return failures_;
}

std::vector<FakeHost::LogEntry> FakeHost::log() {
  absl::MutexLock lock(&mutex_);
  return log_;
}

std::vector<FakeHost::Report> FakeHost::ReportsUntilFinal() {
  absl::MutexLock lock(&mutex_);
  const auto final = [this]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
    return !reports_.empty() && IsFinal(reports_.back().status);
  };
  mutex_.AwaitWithTimeout(absl::Condition(&final), absl::Seconds(15));
  return reports_;
}

bool FakeHost::Logs(const std::u16string& text) {
  absl::MutexLock lock(&mutex_);
  const auto logged = [this, &text]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
    return std::any_of(log_.begin(), log_.end(),
                       [&text](const LogEntry& entry) { return entry.insert.find(text) != std::u16string::npos; });
  };
  return mutex_.AwaitWithTimeout(absl::Condition(&logged), kPatience);
}

int FakeHost::callbacks() {
  absl::MutexLock lock(&mutex_);
  return static_cast<int>(reports_.size() + log_.size() + locks_.size() + failures_.size());
}

}  // namespace resource_broker::bridge::testing
