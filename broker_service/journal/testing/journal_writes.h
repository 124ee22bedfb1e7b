// Writes to a journal, as the tests make them.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/blocking_counter.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "broker_service/journal/journal.h"

namespace resource_broker::broker::testing {

inline v1::Event MakeEvent(uint64_t sequence, v1::EventKind kind) {
  v1::Event event;
  event.set_sequence(sequence);
  event.set_kind(kind);
  return event;
}

inline std::string Id(int number) { return absl::StrCat("0123456789", 100000 + number); }

// With `first`, of an operation on resource r0 or r1 that has an InBuffer and a property.
inline JournalWrite MakeWrite(int number, std::vector<v1::Event> events, bool first) {
  JournalWrite write;
  write.operation_id = Id(number);
  if (first) {
    auto request = std::make_shared<v1::OperationRequest>();
    request->set_id(Id(number));
    request->set_resource(absl::StrCat("r", number % 2));
    request->set_in_buffer("secret");
    (*request->mutable_properties())["Password"].set_text("secret");
    write.request = request;
  }
  write.events = std::move(events);
  return write;
}

// Waits until it is durable.
inline absl::Status Write(Journal* journal, JournalWrite write) {
  absl::Status result;
  absl::Notification done;
  journal->Append(std::move(write), [&](absl::Status status) {
    result = std::move(status);
    done.Notify();
  });
  done.WaitForNotification();
  return result;
}

inline absl::Status Write(Journal* journal, int number, std::vector<v1::Event> events, bool first) {
  return Write(journal, MakeWrite(number, std::move(events), first));
}

// An operation from its acceptance to its end, in one write.
inline absl::Status WriteEnded(Journal* journal, int number) {
  return Write(journal, number, {MakeEvent(1, v1::ACCEPTED), MakeEvent(2, v1::RUNNING), MakeEvent(3, v1::SUCCEEDED)},
               true);
}

// Of `first` to `last`, all on their way at once. The status of one that failed, if any did.
inline absl::Status WriteManyEnded(Journal* journal, int first, int last) {
  absl::Mutex mutex;
  absl::Status all;
  absl::BlockingCounter left(last - first + 1);
  for (int i = first; i <= last; ++i) {
    journal->Append(
        MakeWrite(i, {MakeEvent(1, v1::ACCEPTED), MakeEvent(2, v1::RUNNING), MakeEvent(3, v1::SUCCEEDED)}, true),
        [&](const absl::Status& status) {
          {
            absl::MutexLock lock(&mutex);
            all.Update(status);
          }
          left.DecrementCount();
        });
  }
  left.Wait();
  return all;
}

inline absl::Status Save(Journal* journal, void (Journal::*save)(ResourceRecord, Journal::Durable),
                         ResourceRecord record) {
  absl::Status result;
  absl::Notification done;
  (journal->*save)(std::move(record), [&](absl::Status status) {
    result = std::move(status);
    done.Notify();
  });
  done.WaitForNotification();
  return result;
}

inline absl::Status SaveState(Journal* journal, ResourceRecord record) {
  return Save(journal, &Journal::SaveState, std::move(record));
}
inline absl::Status SaveLock(Journal* journal, ResourceRecord record) {
  return Save(journal, &Journal::SaveLock, std::move(record));
}

inline absl::Status SavePause(Journal* journal, PauseRecord record) {
  absl::Status result;
  absl::Notification done;
  journal->SavePause(std::move(record), [&](absl::Status status) {
    result = std::move(status);
    done.Notify();
  });
  done.WaitForNotification();
  return result;
}

}  // namespace resource_broker::broker::testing
