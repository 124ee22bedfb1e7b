#include "bench/journal/operations.h"

#include <algorithm>
#include <cstring>
#include <iterator>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"

namespace resource_broker::bench {
namespace {

constexpr size_t kIdBytes = 16;
// What waits for the journal at once while it is filled.
constexpr uint64_t kFillAtOnce = 4096;
constexpr uint64_t kResources = 256;
// A moment in 2026, in microseconds.
constexpr int64_t kTimeUs = 1'780'000'000'000'000;

std::string IdOf(uint64_t number) {
  std::string id(kIdBytes, '\0');
  std::memcpy(id.data(), &number, sizeof(number));
  // Scattered over the index, as random ones are.
  const uint64_t scattered = number * 0x9E3779B97F4A7C15U;
  std::memcpy(id.data() + sizeof(number), &scattered, sizeof(scattered));
  std::reverse(id.begin(), id.end());
  return id;
}

std::shared_ptr<const v1::OperationRequest> RequestOf(uint64_t number) {
  auto request = std::make_shared<v1::OperationRequest>();
  request->set_id(IdOf(number));
  request->set_kind(number % 2 == 0 ? v1::ONLINE : v1::OFFLINE);
  request->set_resource(absl::StrCat("r", number % kResources));
  request->set_resource_type("Resource Broker");
  request->set_module("bench_module");
  (*request->mutable_properties())["Module"].set_text("bench_module");
  return request;
}

v1::Event EventOf(uint64_t number, uint64_t sequence, v1::EventKind kind) {
  v1::Event event;
  event.set_sequence(sequence);
  event.set_kind(kind);
  event.set_time_unix_us(kTimeUs + static_cast<int64_t>(number));
  if (kind != v1::SUCCEEDED) return event;
  event.mutable_final()->set_state(v1::RESOURCE_OFFLINE);
  event.mutable_final()->set_module("bench_module 1.0.0");
  return event;
}

constexpr v1::EventKind kKinds[] = {v1::ACCEPTED, v1::RUNNING, v1::SUCCEEDED};
// So many of them are the first write.
constexpr uint64_t kBegun = 2;

// One operation after the other on each of `at_once` lanes.
class Writing {
 public:
  Writing(broker::Journal* journal, uint64_t count, bool in_one_write)
      : journal_(journal), count_(count), in_one_write_(in_one_write) {}

  absl::Status Run(uint64_t at_once) {
    for (uint64_t i = 0; i < at_once; ++i) Next();
    absl::MutexLock lock(&mu_);
    const auto done = [this]() ABSL_SHARED_LOCKS_REQUIRED(mu_) { return ended_ == begun_; };
    mu_.Await(absl::Condition(&done));
    return error_;
  }

 private:
  void Next() {
    uint64_t number = 0;
    {
      absl::MutexLock lock(&mu_);
      if (begun_ == count_ || !error_.ok()) return;
      number = ++begun_;
    }
    Write(number, 1);
  }

  void Write(uint64_t number, uint64_t sequence) {
    broker::JournalWrite write;
    write.operation_id = IdOf(number);
    if (sequence == 1) write.request = RequestOf(number);
    const uint64_t last = in_one_write_ || sequence > kBegun ? std::size(kKinds) : kBegun;
    for (uint64_t i = sequence; i <= last; ++i) write.events.push_back(EventOf(number, i, kKinds[i - 1]));
    if (last == std::size(kKinds)) {
      broker::ResourceRecord record;
      record.resource = absl::StrCat("r", number % kResources);
      record.state = v1::RESOURCE_OFFLINE;
      record.intended_state = v1::RESOURCE_OFFLINE;
      write.resource = std::move(record);
    }
    journal_->Append(std::move(write), [this, number, last](const absl::Status& status) {
      if (status.ok() && last < std::size(kKinds)) return Write(number, last + 1);
      if (status.ok()) Next();
      absl::MutexLock lock(&mu_);
      if (error_.ok()) error_ = status;
      ++ended_;
    });
  }

  broker::Journal* const journal_;
  const uint64_t count_;
  const bool in_one_write_;
  absl::Mutex mu_;
  uint64_t begun_ ABSL_GUARDED_BY(mu_) = 0;
  uint64_t ended_ ABSL_GUARDED_BY(mu_) = 0;
  absl::Status error_ ABSL_GUARDED_BY(mu_);
};

}  // namespace

absl::Status WriteOperations(broker::Journal* journal, uint64_t count, uint64_t at_once) {
  return Writing(journal, count, /*in_one_write=*/false).Run(at_once);
}

absl::Status FillJournal(broker::Journal* journal, uint64_t count) {
  return Writing(journal, count, /*in_one_write=*/true).Run(kFillAtOnce);
}

}  // namespace resource_broker::bench
