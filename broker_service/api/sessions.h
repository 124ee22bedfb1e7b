// The attached RHS processes.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "broker_service/api/event_stream.h"
#include "broker_service/operations/clock.h"
#include "broker_service/operations/session_listener.h"
#include "ipc/peer.h"
#include "resource_broker/v1/admin.pb.h"
#include "resource_broker/v1/bridge.pb.h"

namespace resource_broker::broker {

using SessionStream = EventStream<v1::SessionEvent>;

// Sends, unless a fault is in the way.
void SendTo(SessionStream& stream, v1::SessionEvent event);

// Passes events to one stream, and to no later one: what a session resumes on a new stream begins there anew.
class StreamListener : public SessionListener {
 public:
  explicit StreamListener(std::weak_ptr<SessionStream> stream) : stream_(std::move(stream)) {}
  void Deliver(v1::SessionEvent event) override {
    if (const auto stream = stream_.lock()) SendTo(*stream, std::move(event));
  }

 private:
  const std::weak_ptr<SessionStream> stream_;
};

// One attached RHS process. As a listener it passes events to whichever stream the session has. Thread-safe.
class Session : public SessionListener {
 public:
  Session(std::string id, const v1::OpenSessionRequest& request);

  const std::string& id() const { return id_; }
  uint32_t process_id() const { return process_id_; }

  void Deliver(v1::SessionEvent event) override;

  // The listener of the stream it has now; null without one.
  std::shared_ptr<SessionListener> stream_listener() const;

  // From now on it has this stream; an older one is ended with ABORTED.
  void Attach(const std::shared_ptr<SessionStream>& stream);
  // Whether that was the stream it had.
  bool Detach(const SessionStream* stream);
  // Ends the stream, if it has one.
  void End(const grpc::Status& status);
  bool connected() const;

  v1::SessionStatus Status() const;

 private:
  friend class Sessions;

  const std::string id_;
  const uint32_t process_id_;
  const std::string node_;
  const std::string component_;

  mutable absl::Mutex mu_;
  std::shared_ptr<SessionStream> stream_ ABSL_GUARDED_BY(mu_);
  std::shared_ptr<SessionListener> stream_listener_ ABSL_GUARDED_BY(mu_);

  // Guarded by the lock of Sessions.
  Timers::Id grace_timer_ = 0;
};

// Thread-safe.
class Sessions : public std::enable_shared_from_this<Sessions> {
 public:
  // `on_end` is called, without locks, with the id of each session that has ended.
  Sessions(uint32_t max_sessions, absl::Duration grace, Timers* timers, std::function<void(const std::string&)> on_end);

  // The session of that id, new or again. PermissionDenied: it is another process's; ResourceExhausted.
  absl::Status Open(const v1::OpenSessionRequest& request);

  // NotFound; PermissionDenied if `caller` is known to be another process.
  absl::StatusOr<std::shared_ptr<Session>> Find(const std::string& id, const std::optional<ipc::PeerIdentity>& caller);

  void Attach(const std::shared_ptr<Session>& session, const std::shared_ptr<SessionStream>& stream);
  void Detach(const std::shared_ptr<Session>& session, const SessionStream* stream);
  void Close(const std::string& id);
  // Ends every stream; sessions stay, for the little time that is left.
  void EndStreams(const grpc::Status& status);

  std::vector<v1::SessionStatus> Status() const;

 private:
  void StartGrace(Session* session) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void StopGrace(Session* session) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  const uint32_t max_sessions_;
  const absl::Duration grace_;
  Timers* const timers_;
  const std::function<void(const std::string&)> on_end_;

  mutable absl::Mutex mu_;
  absl::flat_hash_map<std::string, std::shared_ptr<Session>> sessions_ ABSL_GUARDED_BY(mu_);
};

}  // namespace resource_broker::broker
