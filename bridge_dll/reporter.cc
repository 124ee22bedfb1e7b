#include "bridge_dll/reporter.h"

#include <algorithm>
#include <thread>
#include <utility>

#include "bridge_dll/guard.h"

namespace resource_broker::bridge {
namespace {

// Set once by the reporter's thread.
thread_local bool on_reporter_thread = false;

// What threw (out of memory) is tried again after this.
constexpr std::chrono::milliseconds kFaultRetry{100};

}  // namespace

Reporter& Reporter::Get() {
  static Reporter* const reporter = [] {
    auto* created = new Reporter();  // NOLINT(cppcoreguidelines-owning-memory): lives as long as the process
    std::thread([created] {
      on_reporter_thread = true;
      while (true) Contain([created] { created->RunDue(); });
    }).detach();
    return created;
  }();
  return *reporter;
}

bool Reporter::OnThread() const { return on_reporter_thread; }

void Reporter::Wake(std::shared_ptr<Scheduled> what, SteadyTime at) {
  if (at == kNever) return;
  absl::MutexLock lock(&mutex_);
  const auto [entry, added] = due_.emplace(std::move(what), at);
  if (!added) entry->second = std::min(entry->second, at);
  if (at < sleeps_until_) changed_.Signal();
}

std::vector<std::shared_ptr<Scheduled>> Reporter::TakeDue() {
  std::vector<std::shared_ptr<Scheduled>> ready;
  absl::MutexLock lock(&mutex_);
  while (true) {
    const SteadyTime now = Now();
    SteadyTime next = kNever;
    for (auto entry = due_.begin(); entry != due_.end();) {
      if (entry->second <= now) {
        ready.push_back(entry->first);
        entry = due_.erase(entry);
      } else {
        next = std::min(next, entry->second);
        ++entry;
      }
    }
    if (!ready.empty()) return ready;
    sleeps_until_ = next;
    changed_.WaitWithTimeout(&mutex_, Until(next));
    sleeps_until_ = SteadyTime();
  }
}

void Reporter::RunDue() {
  for (std::shared_ptr<Scheduled>& what : TakeDue()) {
    const SteadyTime again = Guard(Now() + kFaultRetry, [&what] { return what->Run(Now()); });
    Wake(std::move(what), again);
  }
}

}  // namespace resource_broker::bridge
