#include "broker_service/journal/memory_journal.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "broker_service/text.h"

namespace resource_broker::broker {
namespace {

constexpr uint32_t kDefaultPageSize = 100;

bool HasEnded(const std::vector<v1::Event>& events) { return !events.empty() && IsFinal(events.back().kind()); }

bool Fits(const v1::ListOperationsRequest& filter, const v1::OperationRequest& operation,
          const std::vector<v1::Event>& events) {
  const int64_t accepted = events.front().time_unix_us();
  const v1::EventKind last = events.back().kind();
  const auto& kinds = filter.last_events();
  return (filter.resource().empty() || filter.resource() == operation.resource()) &&
         (filter.module().empty() || filter.module() == operation.module()) &&
         (filter.kind() == v1::OPERATION_KIND_UNSPECIFIED || filter.kind() == operation.kind()) &&
         (filter.destination_node().empty() ||
          absl::EqualsIgnoreCase(filter.destination_node(), operation.destination_node())) &&
         (filter.accepted_from_unix_us() == 0 || accepted >= filter.accepted_from_unix_us()) &&
         (filter.accepted_before_unix_us() == 0 || accepted < filter.accepted_before_unix_us()) &&
         (!filter.pending_only() || !IsFinal(last)) &&
         (kinds.empty() || std::find(kinds.begin(), kinds.end(), last) != kinds.end());
}

}  // namespace

absl::StatusOr<JournalContents> MemoryJournal::Load() {
  JournalContents contents;
  absl::MutexLock lock(&mu_);
  for (const auto& [number, id] : by_number_) {
    const Entry& entry = entries_.at(id);
    if (!HasEnded(entry.events)) contents.pending.push_back({entry.request, entry.events, entry.module_step});
  }
  for (const auto& [resource, record] : resources_) contents.resources.push_back(record);
  contents.pause = pause_;
  return contents;
}

absl::Status MemoryJournal::Check(const Entry* known, const JournalWrite& write) {
  if (write.events.empty()) return absl::InvalidArgumentError("a journal write without events");
  if (known == nullptr) {
    if (write.request == nullptr) return absl::NotFoundError(absl::StrCat("op=", Hex(write.operation_id)));
    return absl::OkStatus();
  }
  if (HasEnded(known->events) && write.request != nullptr) {
    return absl::AlreadyExistsError(absl::StrCat("op=", Hex(write.operation_id), " has ended before"));
  }
  const uint64_t expected = known->events.back().sequence() + 1;
  if (write.events.front().sequence() != expected) {
    return absl::FailedPreconditionError(absl::StrCat(
        "op=", Hex(write.operation_id), " event ", write.events.front().sequence(), " where ", expected, " follows"));
  }
  return absl::OkStatus();
}

void MemoryJournal::Append(JournalWrite write, Durable durable) {
  absl::Status status;
  {
    absl::MutexLock lock(&mu_);
    const auto known = entries_.find(write.operation_id);
    status = Check(known == entries_.end() ? nullptr : &known->second, write);
    if (status.ok()) {
      Entry& entry = entries_[write.operation_id];
      if (entry.number == 0) {
        entry.number = ++last_number_;
        by_number_.emplace(entry.number, write.operation_id);
        if (write.request->has_in_buffer()) {
          entry.in_buffer_bytes = static_cast<uint32_t>(write.request->in_buffer().size());
        }
        entry.request = std::move(write.request);
      }
      std::move(write.events.begin(), write.events.end(), std::back_inserter(entry.events));
      entry.module_step = write.module_step;
      if (write.resource.has_value()) KeepState(*write.resource);
      if (HasEnded(entry.events)) {
        ended_.push_back(write.operation_id);
        entry.request = std::make_shared<v1::OperationRequest>(WithoutContent(*entry.request));
      }
    }
  }
  durable(std::move(status));
}

void MemoryJournal::ForgetSilent(const std::string& resource) {
  const ResourceRecord& kept = resources_[resource];
  if (kept.locked || kept.state != v1::RESOURCE_STATE_UNSPECIFIED ||
      kept.intended_state != v1::RESOURCE_STATE_UNSPECIFIED) {
    return;
  }
  resources_.erase(resource);
}

void MemoryJournal::KeepState(const ResourceRecord& record) {
  ResourceRecord& kept = resources_[record.resource];
  kept.resource = record.resource;
  kept.state = record.state;
  kept.intended_state = record.intended_state;
  ForgetSilent(record.resource);
}

void MemoryJournal::SaveState(ResourceRecord record, Durable durable) {
  {
    absl::MutexLock lock(&mu_);
    KeepState(record);
  }
  durable(absl::OkStatus());
}

void MemoryJournal::SaveLock(ResourceRecord record, Durable durable) {
  {
    absl::MutexLock lock(&mu_);
    ResourceRecord& kept = resources_[record.resource];
    kept.resource = record.resource;
    kept.locked = record.locked;
    kept.lock_reason = record.lock_reason;
    ForgetSilent(record.resource);
  }
  durable(absl::OkStatus());
}

void MemoryJournal::SavePause(PauseRecord record, Durable durable) {
  {
    absl::MutexLock lock(&mu_);
    pause_ = std::move(record);
  }
  durable(absl::OkStatus());
}

uint64_t MemoryJournal::EndedCount() { return LastEnd(); }

uint64_t MemoryJournal::LastEnd() {
  absl::MutexLock lock(&mu_);
  return ended_.size();
}

absl::StatusOr<EndedPage> MemoryJournal::Ended(const EndedQuery& query) {
  EndedPage page;
  absl::MutexLock lock(&mu_);
  for (page.last = query.after; page.last < query.up_to && page.operations.size() < query.limit; ++page.last) {
    const Entry& entry = entries_.at(ended_.at(page.last));
    if (entry.events.back().time_unix_us() < query.from_unix_us) continue;
    if (!query.resource.empty() && entry.request->resource() != query.resource) continue;
    EndedPage::Operation& operation = page.operations.emplace_back();
    operation.end = page.last + 1;
    FillOperation(entry, &operation.record);
    operation.record.mutable_events()->Add(entry.events.begin(), entry.events.end());
  }
  return page;
}

void MemoryJournal::FillOperation(const Entry& entry, v1::OperationRecord* record) {
  *record->mutable_operation() = WithoutContent(*entry.request);
  if (entry.in_buffer_bytes.has_value()) record->set_in_buffer_bytes(*entry.in_buffer_bytes);
}

absl::StatusOr<v1::OperationRecord> MemoryJournal::Find(const std::string& operation_id) {
  absl::MutexLock lock(&mu_);
  const auto found = entries_.find(operation_id);
  if (found == entries_.end()) {
    return absl::NotFoundError(absl::StrCat("operation ", Hex(operation_id), " is not known"));
  }
  v1::OperationRecord record;
  FillOperation(found->second, &record);
  record.mutable_events()->Add(found->second.events.begin(), found->second.events.end());
  return record;
}

absl::StatusOr<v1::ListOperationsResponse> MemoryJournal::List(const v1::ListOperationsRequest& request) {
  uint64_t before = std::numeric_limits<uint64_t>::max();
  if (!request.page_token().empty() && !absl::SimpleAtoi(request.page_token(), &before)) {
    return absl::InvalidArgumentError("page_token: not from an answer of this broker");
  }
  const size_t page_size = request.page_size() == 0 ? kDefaultPageSize : request.page_size();
  v1::ListOperationsResponse response;
  absl::MutexLock lock(&mu_);
  uint64_t last = 0;
  auto next = by_number_.lower_bound(before);
  while (next != by_number_.begin()) {
    --next;
    const Entry& entry = entries_.at(next->second);
    if (!Fits(request, *entry.request, entry.events)) continue;
    if (static_cast<size_t>(response.operations_size()) == page_size) {
      response.set_next_page_token(absl::StrCat(last));
      break;
    }
    v1::OperationRecord* record = response.add_operations();
    FillOperation(entry, record);
    *record->add_events() = entry.events.back();
    last = entry.number;
  }
  return response;
}

}  // namespace resource_broker::broker
