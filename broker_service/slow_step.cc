#include "broker_service/slow_step.h"

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "broker_service/events/event_log.h"

namespace resource_broker::broker {

// Shared with the steps, which may end after all else.
struct SlowSteps::Book {
  const absl::Duration limit;
  const Report report;

  absl::Mutex mu;
  // Null when SlowSteps is gone.
  const Clock* clock ABSL_GUARDED_BY(mu);
  Timers* timers ABSL_GUARDED_BY(mu);
  std::map<std::string, uint64_t> counts ABSL_GUARDED_BY(mu);
  // Those that are slow and have not ended.
  std::set<std::shared_ptr<Entry>> slow ABSL_GUARDED_BY(mu);
};

SlowSteps::SlowSteps(absl::Duration limit, const Clock* clock, Timers* timers, Report report)
    : book_(new Book{limit, std::move(report), {}, clock, timers, {}, {}}) {}

SlowSteps::~SlowSteps() {
  absl::MutexLock lock(&book_->mu);
  book_->slow.clear();
  book_->timers = nullptr;
  book_->clock = nullptr;
}

void SlowSteps::LogReport(const std::string& line) { RaiseEvent(EventId::kSlowStep, line); }

std::map<std::string, uint64_t> SlowSteps::Counts() const {
  absl::MutexLock lock(&book_->mu);
  return book_->counts;
}

std::vector<SlowSteps::Hanging> SlowSteps::Now() const {
  std::vector<Hanging> hanging;
  absl::MutexLock lock(&book_->mu);
  for (const std::shared_ptr<Entry>& entry : book_->slow) {
    hanging.push_back({entry->name, *entry->about, book_->clock->Monotonic() - entry->begun});
  }
  std::sort(hanging.begin(), hanging.end(), [](const auto& a, const auto& b) { return a.duration > b.duration; });
  return hanging;
}

SlowSteps::Step SlowSteps::Start(const char* name, std::shared_ptr<Entry> entry) {
  entry->name = name;
  entry->book = book_;
  absl::MutexLock lock(&book_->mu);
  entry->begun = book_->clock->Monotonic();
  entry->next = book_->limit;
  Wait(entry, entry->next);
  return Step(std::move(entry));
}

void SlowSteps::Wait(const std::shared_ptr<Entry>& entry, absl::Duration delay) {
  entry->book->mu.AssertHeld();
  entry->timer = entry->book->timers->After(delay, [entry] { OnTimer(entry); });
}

void SlowSteps::OnTimer(const std::shared_ptr<Entry>& entry) {
  Book& book = *entry->book;
  std::string line;
  {
    absl::MutexLock lock(&book.mu);
    if (entry->ended || book.timers == nullptr) return;
    if (!entry->about.has_value()) {
      entry->about = entry->Text();
      ++book.counts[entry->name];
      book.slow.insert(entry);
    }
    line = absl::StrCat("slow step: ", entry->name, " (", *entry->about, ") has taken ",
                        absl::FormatDuration(entry->next), " and goes on still");
    Wait(entry, entry->next);
    entry->next *= 2;
  }
  book.report(line);
}

void SlowSteps::Step::End() {
  if (entry_ == nullptr) return;
  const std::shared_ptr<Entry> entry = std::move(entry_);
  Book& book = *entry->book;
  std::string line;
  {
    absl::MutexLock lock(&book.mu);
    entry->ended = true;
    if (book.timers == nullptr) return;
    book.timers->Cancel(entry->timer);
    if (!entry->about.has_value()) return;
    book.slow.erase(entry);
    const absl::Duration took = absl::Trunc(book.clock->Monotonic() - entry->begun, absl::Milliseconds(1));
    line =
        absl::StrCat("slow step: ", entry->name, " (", *entry->about, ") has ended after ", absl::FormatDuration(took));
  }
  book.report(line);
}

}  // namespace resource_broker::broker
