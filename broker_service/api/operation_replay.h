// Operations told to a watcher: live, or from a moment of before.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "broker_service/api/event_stream.h"
#include "broker_service/journal/journal.h"
#include "broker_service/operations/operation_engine.h"
#include "resource_broker/v1/admin.pb.h"

namespace resource_broker::broker {

using WatchStream = EventStream<v1::WatchedEvent>;

// Passes what the engine tells to one stream. The stream owns it, so it is forgotten with the stream.
class StreamWatcher : public OperationWatcher {
 public:
  explicit StreamWatcher(std::weak_ptr<WatchStream> stream) : stream_(std::move(stream)) {}
  void OnEvent(const std::shared_ptr<const v1::WatchedEvent>& event, bool history) override;
  void OnLost() override;

 private:
  const std::weak_ptr<WatchStream> stream_;
};

// The same with what came since a moment first, without a gap or a double in between. What has ended is read from the
// journal, page by page as the client takes it; when that has caught up, the rest comes from what the engine has under
// way, at the moment from which on it tells. Owned by the stream as well. Thread-safe.
class OperationReplay : public OperationWatcher, public std::enable_shared_from_this<OperationReplay> {
 public:
  // `journal` outlives it. `max_held`: events that may come while the last of the journal is read.
  OperationReplay(std::shared_ptr<OperationEngine> engine, Journal* journal, const v1::WatchOperationsRequest& request,
                  std::weak_ptr<WatchStream> stream, size_t max_held)
      : engine_(std::move(engine)),
        journal_(journal),
        request_(request),
        stream_(std::move(stream)),
        max_held_(max_held) {}

  // Once. Reads the disk.
  void Begin();

  void OnEvent(const std::shared_ptr<const v1::WatchedEvent>& event, bool history) override;
  void OnLost() override;

 private:
  // At first, and then each time the client has taken all there was: that may be while the last call still sends.
  void More();
  void ReadOn();
  absl::Status SendOne();
  // Whether more of the past is to be read; nothing is where the journal has caught up with what is under way.
  absl::StatusOr<bool> SendPage();
  absl::Status GoLive();
  // The past is told: from here on all goes out at once.
  void TellHeld();
  void SendHistory(const v1::OperationRequest& operation, const v1::Event& event);

  const std::shared_ptr<OperationEngine> engine_;
  Journal* const journal_;
  const v1::WatchOperationsRequest request_;
  const std::weak_ptr<WatchStream> stream_;
  const size_t max_held_;

  // Used by one call of ReadOn after another.
  uint64_t read_to_ = 0;
  bool past_told_ = false;

  absl::Mutex mu_;
  bool reading_ ABSL_GUARDED_BY(mu_) = false;
  bool read_on_ ABSL_GUARDED_BY(mu_) = false;
  bool live_ ABSL_GUARDED_BY(mu_) = false;
  // What was told before all of the past was.
  std::vector<std::shared_ptr<const v1::WatchedEvent>> held_ ABSL_GUARDED_BY(mu_);
};

}  // namespace resource_broker::broker
