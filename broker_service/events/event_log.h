// Events on their way to the administrator.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "broker_service/events/event_rates.h"
#include "broker_service/events/event_sink.h"
#include "broker_service/events/events.h"

namespace resource_broker::broker {

// An event is a line of the log at once, and goes to the system's event log, where there is one, by way of a thread, as
// that may block. Of what comes too often, or while kMaxQueued wait, only a plain line is left, and how many they were
// is an event of its own when the minute is over. Thread-safe; callers may hold locks, and wait for none but the log's.
class EventLog {
 public:
  static constexpr size_t kMaxQueued = 256;

  static EventLog& OfProcess();

  // `monotonic` never goes back.
  explicit EventLog(std::function<absl::Duration()> monotonic);
  ~EventLog() { Close(); }

  // Begins to pass events on, to `sink`, which may be null. Before, they are lines of the log only.
  void Open(std::unique_ptr<EventSink> sink, uint32_t max_per_minute);
  void SetMaxPerMinute(uint32_t max_per_minute);

  void Raise(EventId id, std::vector<std::string> inserts);

  // Waits until what was raised so far has been passed on, but no longer than `limit`.
  void Flush(absl::Duration limit);
  // Passes on what waits, and what was left out, and ends the thread. Idempotent.
  void Close();

 private:
  struct Event {
    const EventInfo* info;
    std::vector<std::string> inserts;
  };

  void Run();
  void QueueLeftOut(bool all) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  const std::function<absl::Duration()> monotonic_;
  absl::Mutex mu_;
  // Used on the thread alone, while there is one.
  std::unique_ptr<EventSink> sink_;
  EventRates rates_ ABSL_GUARDED_BY(mu_);
  std::deque<Event> queue_ ABSL_GUARDED_BY(mu_);
  bool open_ ABSL_GUARDED_BY(mu_) = false;
  bool closing_ ABSL_GUARDED_BY(mu_) = false;
  bool writing_ ABSL_GUARDED_BY(mu_) = false;
  // When the thread looks what was left out; changes wake it.
  absl::Duration due_ ABSL_GUARDED_BY(mu_) = absl::InfiniteDuration();
  std::thread thread_;
};

// An event of this process. The inserts are what AlphaNum takes: texts and numbers.
template <typename... Inserts>
void RaiseEvent(EventId id, const Inserts&... inserts) {
  EventLog::OfProcess().Raise(id, {absl::StrCat(inserts)...});
}

}  // namespace resource_broker::broker
