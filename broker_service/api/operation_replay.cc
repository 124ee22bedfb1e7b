#include "broker_service/api/operation_replay.h"

#include <utility>

#include "absl/container/flat_hash_set.h"
#include "broker_service/api/grpc_status.h"

namespace resource_broker::broker {
namespace {

// Operations with their histories that are in memory at once.
constexpr size_t kPage = 128;

void EndAsLost(const std::weak_ptr<WatchStream>& weak) {
  const auto stream = weak.lock();
  if (stream == nullptr) return;
  stream->End(grpc::Status(grpc::StatusCode::RESOURCE_EXHAUSTED,
                           "limits.max_stream_backlog: more happened than the broker could tell all who watch; "
                           "what was missed must be resumed"));
}

}  // namespace

void StreamWatcher::OnEvent(const std::shared_ptr<const v1::WatchedEvent>& event, bool history) {
  const auto stream = stream_.lock();
  if (stream == nullptr) return;
  if (history) {
    stream->SendHistory(event);
  } else {
    stream->Send(event);
  }
}

void StreamWatcher::OnLost() { EndAsLost(stream_); }

void OperationReplay::Begin() {
  const auto stream = stream_.lock();
  if (stream == nullptr) return;
  stream->OnDrained([weak = weak_from_this()] {
    if (const auto replay = weak.lock()) replay->More();
  });
  More();
}

void OperationReplay::SendHistory(const v1::OperationRequest& operation, const v1::Event& event) {
  if (event.time_unix_us() < request_.from_unix_us()) return;
  if (const auto stream = stream_.lock()) stream->SendHistory(Watched(operation, event));
}

void OperationReplay::More() {
  {
    absl::MutexLock lock(&mu_);
    read_on_ = true;
    if (reading_) return;
    reading_ = true;
  }
  while (true) {
    {
      absl::MutexLock lock(&mu_);
      reading_ = std::exchange(read_on_, false);
      if (!reading_) return;
    }
    ReadOn();
  }
}

void OperationReplay::ReadOn() {
  if (past_told_) return;
  absl::Status status;
  if (!request_.operation_id().empty()) {
    past_told_ = true;
    status = SendOne();
  } else {
    const absl::StatusOr<bool> more = SendPage();
    status = more.status();
    if (more.ok() && *more) return;
    past_told_ = true;
    if (status.ok()) status = GoLive();
  }
  if (status.ok()) return;
  if (const auto stream = stream_.lock()) stream->End(ToGrpc(status));
}

absl::StatusOr<bool> OperationReplay::SendPage() {
  EndedQuery query;
  query.from_unix_us = request_.from_unix_us();
  query.resource = request_.resource();
  query.limit = kPage;
  bool sent = false;
  while (!sent) {
    query.after = read_to_;
    query.up_to = journal_->LastEnd();
    if (query.after >= query.up_to) return false;
    const absl::StatusOr<EndedPage> page = journal_->Ended(query);
    if (!page.ok()) return page.status();
    for (const EndedPage::Operation& ended : page->operations) {
      // Its end may still be told to those who watch.
      if (engine_->UnderWay(ended.record.operation().id())) return false;
      for (const v1::Event& event : ended.record.events()) SendHistory(ended.record.operation(), event);
      read_to_ = ended.end;
      sent = true;
    }
    read_to_ = page->last;
  }
  return true;
}

absl::Status OperationReplay::GoLive() {
  const WatchBegin begin = engine_->BeginWatch("", request_.resource(), shared_from_this());
  absl::flat_hash_set<std::string> under_way;
  for (const WatchHistory& history : begin.under_way) under_way.insert(history.operation->id());
  // Few by now.
  EndedQuery query;
  query.from_unix_us = request_.from_unix_us();
  query.resource = request_.resource();
  query.limit = kPage;
  query.up_to = begin.last_end;
  for (query.after = read_to_; query.after < query.up_to;) {
    const absl::StatusOr<EndedPage> page = journal_->Ended(query);
    if (!page.ok()) return page.status();
    for (const EndedPage::Operation& ended : page->operations) {
      if (under_way.contains(ended.record.operation().id())) continue;
      for (const v1::Event& event : ended.record.events()) SendHistory(ended.record.operation(), event);
    }
    query.after = page->last;
  }
  for (const WatchHistory& history : begin.under_way) {
    if (!request_.resource().empty() && request_.resource() != history.operation->resource()) continue;
    for (const v1::Event& event : history.events) SendHistory(*history.operation, event);
  }
  TellHeld();
  return absl::OkStatus();
}

absl::Status OperationReplay::SendOne() {
  const std::string& id = request_.operation_id();
  const WatchBegin begin = engine_->BeginWatch(id, request_.resource(), shared_from_this());
  bool under_way = false;
  for (const WatchHistory& history : begin.under_way) {
    if (history.operation->id() != id) continue;
    under_way = true;
    for (const v1::Event& event : history.events) SendHistory(*history.operation, event);
  }
  if (!under_way) {
    const absl::StatusOr<v1::OperationRecord> record = journal_->Find(id);
    if (!record.ok()) return record.status();
    for (const v1::Event& event : record->events()) SendHistory(record->operation(), event);
    return absl::OkStatus();
  }
  TellHeld();
  return absl::OkStatus();
}

void OperationReplay::TellHeld() {
  const auto stream = stream_.lock();
  absl::MutexLock lock(&mu_);
  live_ = true;
  for (const auto& event : held_) {
    if (stream != nullptr) stream->Send(event);
  }
  held_.clear();
}

void OperationReplay::OnLost() { EndAsLost(stream_); }

void OperationReplay::OnEvent(const std::shared_ptr<const v1::WatchedEvent>& event, bool history) {
  const auto stream = stream_.lock();
  if (stream == nullptr) return;
  absl::MutexLock lock(&mu_);
  if (live_) {
    stream->Send(event);
  } else if (held_.size() < max_held_) {
    held_.push_back(event);
  } else {
    stream->End(grpc::Status(grpc::StatusCode::RESOURCE_EXHAUSTED,
                             "limits.max_stream_backlog: too much happened while the past was read; watch from now"));
  }
}

}  // namespace resource_broker::broker
