// A server stream that writes whatever its source has next.
#pragma once

#include <grpcpp/support/server_callback.h>

#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace resource_broker::sdk {

enum class Pull {
  // A message was filled in.
  kMessage,
  // A message was filled in, and it is the last: the stream ends with OK. Goes out in one piece with that.
  kLast,
  // There is none now; the stream is woken when there is.
  kNothingYet,
  // There will be none: the stream ends with OK.
  kEnd,
};

// Never blocks, holds one message at a time, and keeps itself alive until gRPC is done with it.
template <typename Message>
class PulledStream final : public grpc::ServerWriteReactor<Message>,
                           public std::enable_shared_from_this<PulledStream<Message>> {
 public:
  // Called one at a time, on any thread.
  using Source = std::function<Pull(Message*)>;

  // The handler returns the result's get(). `on_done` is called once, when gRPC is done with the stream.
  static std::shared_ptr<PulledStream> Make(Source source, std::function<void()> on_done) {
    std::shared_ptr<PulledStream> stream(new PulledStream(std::move(source), std::move(on_done)));
    stream->self_ = stream;
    // At once, so that the caller knows that the stream is there though nothing is to be said yet.
    stream->StartSendInitialMetadata();
    return stream;
  }

  // The source may have something. Harmless at any time.
  void Wake() { Drive(); }

  // Ends the stream, after the message being written.
  void End(grpc::Status status) {
    {
      absl::MutexLock lock(&mutex_);
      if (!end_.has_value()) end_ = std::move(status);
    }
    Drive();
  }

 private:
  enum class State { kIdle, kWriting, kFinished };

  PulledStream(Source source, std::function<void()> on_done)
      : source_(std::move(source)), on_done_(std::move(on_done)) {}

  void OnWriteDone(bool ok) override {
    {
      absl::MutexLock lock(&mutex_);
      state_ = State::kIdle;
      if (!ok && !end_.has_value()) end_ = grpc::Status::CANCELLED;
    }
    Drive();
  }

  void OnCancel() override { End(grpc::Status::CANCELLED); }

  void OnDone() override {
    on_done_();
    std::shared_ptr<PulledStream> last = std::move(self_);
  }

  void Drive() {
    grpc::Status end;
    Pull pulled;
    {
      absl::MutexLock lock(&mutex_);
      if (state_ != State::kIdle) return;
      pulled = end_.has_value() ? Pull::kEnd : source_(&message_);
      if (pulled == Pull::kNothingYet) return;
      state_ = pulled == Pull::kMessage ? State::kWriting : State::kFinished;
      if (pulled == Pull::kEnd) end = end_.value_or(grpc::Status::OK);
    }
    // Whoever has left the idle state is alone here, and gRPC may call back at once: no lock.
    if (pulled == Pull::kMessage) {
      this->StartWrite(&message_);
    } else if (pulled == Pull::kLast) {
      this->StartWriteAndFinish(&message_, grpc::WriteOptions(), grpc::Status::OK);
    } else {
      this->Finish(end);
    }
  }

  const Source source_;
  const std::function<void()> on_done_;
  std::shared_ptr<PulledStream> self_;

  absl::Mutex mutex_;
  State state_ ABSL_GUARDED_BY(mutex_) = State::kIdle;
  std::optional<grpc::Status> end_ ABSL_GUARDED_BY(mutex_);
  // Written while idle, by the one who leaves that state.
  Message message_;
};

}  // namespace resource_broker::sdk
