// One resource's line to the broker.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "bridge_dll/broker_session.h"
#include "bridge_dll/event_sequence.h"
#include "bridge_dll/reporter.h"
#include "bridge_dll/resapi.h"
#include "bridge_dll/steady_time.h"

namespace resource_broker::bridge {

// What a link tells its resource, in the order things happened, on gRPC's threads and the reporter's. Called with the
// link's lock held: must not call the link.
class LinkObserver {
 public:
  virtual void ResourceOpened(const v1::OpenResourceResponse& response) = 0;
  // Each event of the operation once, without gaps.
  virtual void OperationEvent(const std::string& operation_id, const v1::Event& event) = 0;
  // No event will come any more: the broker refused the operation, or could not be reached for too long.
  virtual void OperationLost(const std::string& operation_id, uint32_t win32_code, absl::string_view why) = 0;
  virtual void HealthChanged(const v1::HealthChanged& event) = 0;
  virtual void LockChanged(const v1::LockChanged& event) = 0;
  virtual void FailureSignalled(const v1::FailureSignalled& event) = 0;
  // For the cluster log.
  virtual void Note(resapi::LOG_LEVEL level, absl::string_view text) = 0;

 protected:
  ~LinkObserver() = default;
};

// Holds what RHS wants of the resource, and sees to it that the broker gets it: now, or when it is back. At most one
// call that changes something is under way, so that they arrive in the order they were wished for: open, terminate,
// start, cancel, close. After a lost connection everything that may not have arrived is sent again; all of it is
// idempotent. Any thread; only the Await… methods wait.
class BrokerLink : public Scheduled, public std::enable_shared_from_this<BrokerLink> {
 public:
  // Wishes to terminate or to close that can't be delivered are given up after this: the broker's own grace for a
  // session that is gone is long over by then.
  static constexpr std::chrono::milliseconds kForgetAfter{600000};

  // Call Join next.
  BrokerLink(std::shared_ptr<BrokerSession> session, std::string resource, std::weak_ptr<LinkObserver> observer);

  // Takes its place in the session.
  void Join();

  // The resource shall be open with these properties. `session_id` and `resource` are filled in here.
  void Open(v1::OpenResourceRequest request);

  // The operation, one at a time, shall run; it is lost if the broker does not confirm it for `reconnect_timeout`.
  void Start(v1::OperationRequest operation, std::chrono::milliseconds reconnect_timeout);

  // The operation, if it is the one under way, shall end early.
  void Cancel(const std::string& operation_id, uint32_t flags);

  // The resource shall be down, and nothing more is told of the operation (empty: none was pending).
  void Terminate(const std::string& operation_id, absl::string_view reason);

  // True once the broker has answered Terminate; false at `deadline`, or at once when the broker is away.
  bool AwaitTerminated(SteadyTime deadline);

  // The link's end. The observer hears nothing more.
  void Close();
  bool AwaitClosed(SteadyTime deadline);

  const std::string& resource() const { return resource_; }
  BrokerSession& session() const { return *session_; }

  // --- From the session ---
  void Attached(const BrokerSession::Attachment& attachment);
  void Detached(uint64_t generation);
  void Arrived(v1::SessionEvent event);
  void MayOpenNow();
  void SessionNote(resapi::LOG_LEVEL level, absl::string_view text);
  // `predecessor` had the resource's name before. If it is being closed, this waits until it has sent its last: a late
  // Close must not hit the resource that was opened again.
  void Follow(const std::shared_ptr<BrokerLink>& predecessor);

  SteadyTime Run(SteadyTime now) override;

 private:
  struct Operation {
    v1::OperationRequest request;
    EventSequence events;
    std::chrono::milliseconds reconnect_timeout{};
    // Since when the broker's word on it is missing.
    SteadyTime unconfirmed_since;
    // The attachment in which the broker has confirmed it; 0 none.
    uint64_t confirmed_in = 0;
    bool asked_again = false;
    std::optional<uint32_t> cancel_flags;
  };

  // A StartOperation that is under way.
  struct Asked {
    uint64_t generation = 0;
    std::string operation_id;
    uint64_t after = 0;
  };

  struct TerminateWish {
    std::string operation_id;
    std::string reason;
    SteadyTime expires;
    uint64_t number = 0;
  };

  // Does what is next, if there is something to do now.
  void Proceed() ABSL_LOCKS_EXCLUDED(mutex_);
  // The next call to make, without the lock; empty if there is none to make now.
  std::function<void()> Next(SteadyTime now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::function<void()> OpenCall() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::function<void()> TerminateCall() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::function<void()> StartOperationCall() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::function<void()> CancelCall() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::function<void()> CloseCall() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::function<void()> Finish() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  // After a call: what its end changes, under the lock, and then what is next. `change` gives true if the same is to be
  // tried again after a while.
  template <typename Change>
  void Ended(Change change) ABSL_LOCKS_EXCLUDED(mutex_);
  bool Opened(uint64_t generation, uint64_t number, const grpc::Status& status,
              const v1::OpenResourceResponse& response) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool Started(const Asked& asked, const grpc::Status& status, const v1::StartOperationResponse& response)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  // True if this will call LeaderFinished of `successor`.
  bool Leads(const std::shared_ptr<BrokerLink>& successor) ABSL_LOCKS_EXCLUDED(mutex_);
  void LeaderFinished() ABSL_LOCKS_EXCLUDED(mutex_);

  bool Confirmed(const Operation& operation) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Deliver(const std::vector<v1::Event>& events) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Lose(uint32_t win32_code, absl::string_view why) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Forget() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Note(resapi::LOG_LEVEL level, absl::string_view text) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Expire(SteadyTime now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // When Run has something to do.
  SteadyTime Due(SteadyTime now) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const std::shared_ptr<BrokerSession> session_;
  const std::string resource_;
  const std::weak_ptr<LinkObserver> observer_;

  absl::Mutex mutex_;
  std::optional<BrokerSession::Attachment> attachment_ ABSL_GUARDED_BY(mutex_);
  uint64_t detached_from_ ABSL_GUARDED_BY(mutex_) = 0;
  bool follows_ ABSL_GUARDED_BY(mutex_) = false;
  std::weak_ptr<BrokerLink> successor_ ABSL_GUARDED_BY(mutex_);

  // A call is under way.
  bool busy_ ABSL_GUARDED_BY(mutex_) = false;
  int failures_ ABSL_GUARDED_BY(mutex_) = 0;
  SteadyTime retry_at_ ABSL_GUARDED_BY(mutex_);

  std::optional<v1::OpenResourceRequest> open_ ABSL_GUARDED_BY(mutex_);
  uint64_t open_number_ ABSL_GUARDED_BY(mutex_) = 0;
  // In the session's queue for a call to open.
  bool waits_to_open_ ABSL_GUARDED_BY(mutex_) = false;
  // The attachment in which the broker has answered to it; 0 none.
  uint64_t opened_in_ ABSL_GUARDED_BY(mutex_) = 0;
  std::optional<Operation> operation_ ABSL_GUARDED_BY(mutex_);
  std::string terminated_operation_ ABSL_GUARDED_BY(mutex_);
  std::optional<TerminateWish> terminate_ ABSL_GUARDED_BY(mutex_);
  uint64_t terminate_number_ ABSL_GUARDED_BY(mutex_) = 0;
  bool opened_once_ ABSL_GUARDED_BY(mutex_) = false;
  bool closing_ ABSL_GUARDED_BY(mutex_) = false;
  SteadyTime close_expires_ ABSL_GUARDED_BY(mutex_) = kNever;
  bool finished_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace resource_broker::bridge
