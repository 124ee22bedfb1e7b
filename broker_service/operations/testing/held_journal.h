// A journal whose writes become durable when the test says so.
#pragma once

#include <deque>
#include <functional>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "broker_service/journal/memory_journal.h"

namespace resource_broker::broker::testing {

// For one thread.
class HeldJournal : public MemoryJournal {
 public:
  void Append(JournalWrite write, Durable durable) override {
    if (!fail_next.ok()) {
      durable(std::exchange(fail_next, absl::OkStatus()));
      return;
    }
    writes.push_back(write.events);
    if (!hold) {
      MemoryJournal::Append(std::move(write), std::move(durable));
      return;
    }
    held_.push_back([this, write = std::move(write), durable = std::move(durable)]() mutable {
      MemoryJournal::Append(std::move(write), std::move(durable));
    });
  }

  void SaveLock(ResourceRecord record, Durable durable) override {
    if (!fail_next_lock.ok()) {
      durable(std::exchange(fail_next_lock, absl::OkStatus()));
      return;
    }
    MemoryJournal::SaveLock(std::move(record), std::move(durable));
  }

  void SavePause(PauseRecord record, Durable durable) override {
    if (!fail_next_pause.ok()) {
      durable(std::exchange(fail_next_pause, absl::OkStatus()));
      return;
    }
    MemoryJournal::SavePause(std::move(record), std::move(durable));
  }

  // The oldest write that is held is on the disk now.
  void Commit() {
    auto write = std::move(held_.front());
    held_.pop_front();
    write();
  }
  size_t held() const { return held_.size(); }

  bool hold = false;
  absl::Status fail_next;
  absl::Status fail_next_lock;
  absl::Status fail_next_pause;
  std::vector<std::vector<v1::Event>> writes;

 private:
  std::deque<std::function<void()>> held_;
};

}  // namespace resource_broker::broker::testing
