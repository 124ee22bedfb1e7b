#include "broker_service/events/event_log.h"

#include <utility>

#include "broker_service/steady_time.h"

namespace resource_broker::broker {
namespace {

constexpr uint32_t kMaxPerMinuteBeforeOpen = 10;

// As docs/logging.md has it: "event=1200 name=ModuleFailed module m 1.0.0 failed: … What to do: …".
void LogEvent(const EventInfo& event, absl::Span<const std::string> inserts, bool shown) {
  LogText line;
  if (shown) {
    line.fields.event = static_cast<uint32_t>(event.id);
    line.fields.name = event.name;
    absl::StrAppend(&line.text, "event=", line.fields.event, " name=", event.name, " ");
  }
  if (event.of_module && !inserts.empty()) line.fields.module = inserts[0];
  line.text += TextOf(event, inserts);
  if (shown && event.severity != LogLevel::kInfo) absl::StrAppend(&line.text, " What to do: ", event.action);
  if (LogEnabled(event.severity)) WriteLog(event.severity, line);
}

}  // namespace

EventLog& EventLog::OfProcess() {
  // Never destroyed: threads that are not ours may still raise events when the process ends.
  static EventLog* const log = new EventLog(SteadyTime);
  return *log;
}

EventLog::EventLog(std::function<absl::Duration()> monotonic)
    : monotonic_(std::move(monotonic)), rates_(kMaxPerMinuteBeforeOpen) {}

void EventLog::Open(std::unique_ptr<EventSink> sink, uint32_t max_per_minute) {
  Close();
  sink_ = std::move(sink);
  absl::MutexLock lock(&mu_);
  rates_ = EventRates(max_per_minute);
  due_ = absl::InfiniteDuration();
  open_ = true;
  closing_ = false;
  thread_ = std::thread([this] { Run(); });
}

void EventLog::SetMaxPerMinute(uint32_t max_per_minute) {
  absl::MutexLock lock(&mu_);
  rates_.SetMax(max_per_minute);
}

void EventLog::Raise(EventId id, std::vector<std::string> inserts) {
  const EventInfo& info = InfoOf(id);
  bool shown = true;
  {
    absl::MutexLock lock(&mu_);
    if (open_) {
      shown = rates_.Admit(id, monotonic_());
      if (shown && queue_.size() >= kMaxQueued) {
        rates_.Count(id);
        shown = false;
      }
      if (shown) queue_.push_back({&info, inserts});
      due_ = rates_.due();
    }
  }
  LogEvent(info, inserts, shown);
}

// What was left out is itself an event, which is never left out: there is one an id and minute.
void EventLog::QueueLeftOut(bool all) {
  for (const EventRates::LeftOut& left : rates_.Take(monotonic_(), all)) {
    queue_.push_back({&InfoOf(EventId::kEventsLeftOut),
                      {absl::StrCat(left.count), InfoOf(left.id).name, absl::StrCat(static_cast<uint32_t>(left.id))}});
  }
  due_ = rates_.due();
}

void EventLog::Run() {
  while (true) {
    std::deque<Event> events;
    {
      absl::MutexLock lock(&mu_);
      const absl::Duration seen = due_;
      const auto something = [this, seen]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
        return !queue_.empty() || closing_ || due_ != seen;
      };
      mu_.AwaitWithTimeout(absl::Condition(&something), due_ - monotonic_());
      QueueLeftOut(/*all=*/closing_);
      if (queue_.empty() && closing_) return;
      events.swap(queue_);
      writing_ = true;
    }
    for (const Event& event : events) {
      if (event.info->id == EventId::kEventsLeftOut) LogEvent(*event.info, event.inserts, /*shown=*/true);
      if (sink_ != nullptr) sink_->Write(*event.info, event.inserts);
    }
    absl::MutexLock lock(&mu_);
    writing_ = false;
  }
}

void EventLog::Flush(absl::Duration limit) {
  const auto passed_on = [this]()
                             ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) { return !open_ || (queue_.empty() && !writing_); };
  absl::MutexLock lock(&mu_);
  mu_.AwaitWithTimeout(absl::Condition(&passed_on), limit);
}

void EventLog::Close() {
  {
    absl::MutexLock lock(&mu_);
    if (!open_) return;
    closing_ = true;
  }
  thread_.join();
  absl::MutexLock lock(&mu_);
  open_ = false;
}

}  // namespace resource_broker::broker
