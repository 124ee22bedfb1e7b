// A server's stream of events to one client, which can't make the broker's memory grow.
#pragma once

#include <grpcpp/server_context.h>
#include <grpcpp/support/server_callback.h>

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "broker_service/api/write_thread.h"
#include "broker_service/operations/clock.h"

namespace resource_broker::broker {

struct StreamOptions {
  // Messages its client may lag behind.
  size_t max_backlog = 0;
  // A client that does not take the reason why its stream ended within this is cut off.
  absl::Duration end;
  // Who writes; null: whoever sends, and gRPC's threads. Outlives the stream.
  WriteThread* writer = nullptr;
};

// Messages go out in the order of Send. A client that lags behind by more than the backlog loses the stream with
// RESOURCE_EXHAUSTED. Thread-safe. gRPC keeps it alive until the stream has ended, whoever else does.
template <typename Message>
class EventStream : public grpc::ServerWriteReactor<Message>,
                    public std::enable_shared_from_this<EventStream<Message>> {
 public:
  // `on_end` is called once, when the stream is over; it may be empty.
  static std::shared_ptr<EventStream> Make(grpc::CallbackServerContext* context, StreamOptions options, Timers* timers,
                                           std::function<void(EventStream*)> on_end) {
    auto stream = std::shared_ptr<EventStream>(new EventStream(context, options, timers, std::move(on_end)));
    stream->self_ = stream;
    return stream;
  }

  // `drained` is called each time the client has taken all there was, on a thread of gRPC's. Before the first message.
  void OnDrained(std::function<void()> drained) { on_drained_ = std::move(drained); }

  void Send(Message message) { Send(std::make_shared<const Message>(std::move(message))); }

  // One that many streams share.
  void Send(std::shared_ptr<const Message> message) {
    {
      absl::MutexLock lock(&mu_);
      if (end_.has_value()) return;
      if (backlog_.size() < options_.max_backlog + history_) {
        Queue(std::move(message));
        return;
      }
    }
    End(grpc::Status(grpc::StatusCode::RESOURCE_EXHAUSTED,
                     "limits.max_stream_backlog: the client reads too slowly; what it has missed must be resumed"));
  }

  // Of what the client asked to begin with, which it can't lag behind of; comes before the first Send.
  void SendHistory(std::shared_ptr<const Message> message) {
    absl::MutexLock lock(&mu_);
    if (end_.has_value()) return;
    ++history_;
    Queue(std::move(message));
  }

  // No more will come: the stream ends OK once all has been sent.
  void EndAfterAll() {
    absl::MutexLock lock(&mu_);
    if (end_.has_value()) return;
    last_ = true;
    if (!writing_) Complete();
  }

  // What is in the backlog is not sent any more.
  void End(grpc::Status status) {
    absl::MutexLock lock(&mu_);
    if (end_.has_value()) return;
    end_ = std::move(status);
    backlog_.clear();
    if (!writing_) {
      Finish();
      return;
    }
    // The status follows the message that is being written. If the client takes neither, the stream is cut.
    timers_->After(options_.end, [weak = this->weak_from_this()] {
      const auto stream = weak.lock();
      if (stream == nullptr) return;
      absl::MutexLock lock(&stream->mu_);
      if (!stream->done_) stream->context_->TryCancel();
    });
  }

  void OnWriteDone(bool ok) override {
    {
      absl::MutexLock lock(&mu_);
      writing_ = false;
      if (!ok && !end_.has_value()) end_ = grpc::Status(grpc::StatusCode::UNAVAILABLE, "the client is gone");
      if (end_.has_value()) return Finish();
      if (!backlog_.empty()) return StartNext();
      if (last_) return Complete();
    }
    if (on_drained_) on_drained_();
  }

  void OnCancel() override { End(grpc::Status::CANCELLED); }

  void OnDone() override {
    const std::shared_ptr<EventStream> self = std::move(self_);
    {
      absl::MutexLock lock(&mu_);
      done_ = true;
      if (!end_.has_value()) end_ = grpc::Status::CANCELLED;
      backlog_.clear();
    }
    if (on_end_) std::exchange(on_end_, nullptr)(this);
  }

 private:
  EventStream(grpc::CallbackServerContext* context, StreamOptions options, Timers* timers,
              std::function<void(EventStream*)> on_end)
      : context_(context), options_(options), timers_(timers), on_end_(std::move(on_end)) {}

  void Queue(std::shared_ptr<const Message> message) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
    backlog_.push_back(std::move(message));
    if (!writing_) StartNext();
  }

  void StartNext() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
    writing_ = true;
    if (options_.writer == nullptr) {
      TakeNext();
      this->StartWrite(current_.get());
      return;
    }
    options_.writer->Post([self = this->shared_from_this()] {
      {
        absl::MutexLock lock(&self->mu_);
        if (self->end_.has_value()) {
          self->writing_ = false;
          return self->Finish();
        }
        self->TakeNext();
      }
      // Without the lock, which gRPC's threads need: nobody else touches it until OnWriteDone.
      self->StartWrite(self->current_.get());
    });
  }

  void TakeNext() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
    current_ = std::move(backlog_.front());
    backlog_.pop_front();
    if (history_ > 0) --history_;
  }

  void Complete() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
    end_ = grpc::Status::OK;
    Finish();
  }

  void Finish() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
    if (std::exchange(finished_, true)) return;
    grpc::ServerWriteReactor<Message>::Finish(*end_);
  }

  grpc::CallbackServerContext* const context_;
  const StreamOptions options_;
  Timers* const timers_;
  std::function<void(EventStream*)> on_end_;
  std::function<void()> on_drained_;
  std::shared_ptr<EventStream> self_;

  absl::Mutex mu_;
  std::deque<std::shared_ptr<const Message>> backlog_ ABSL_GUARDED_BY(mu_);
  // So many at the front of the backlog are history.
  size_t history_ ABSL_GUARDED_BY(mu_) = 0;
  // Of the write that is under way.
  std::shared_ptr<const Message> current_;
  // Or about to be, by the writer.
  bool writing_ ABSL_GUARDED_BY(mu_) = false;
  bool finished_ ABSL_GUARDED_BY(mu_) = false;
  bool done_ ABSL_GUARDED_BY(mu_) = false;
  bool last_ ABSL_GUARDED_BY(mu_) = false;
  // Set once no more is to be sent.
  std::optional<grpc::Status> end_ ABSL_GUARDED_BY(mu_);
};

}  // namespace resource_broker::broker
