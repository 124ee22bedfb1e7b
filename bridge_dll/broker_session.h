// This process's session with one broker: the connection, and what the broker tells unasked.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "bridge_dll/bridge_call.h"
#include "bridge_dll/reporter.h"
#include "bridge_dll/resapi.h"
#include "bridge_dll/usage_report.h"
#include "resource_broker/v1/bridge.grpc.pb.h"

namespace grpc {
class Channel;
}

namespace resource_broker::bridge {

class BrokerLink;
class SessionWatch;

// One per broker address and process, shared by all resources that name that address: one channel, one Watch. It
// attaches (OpenSession, then Watch), and does so again with backoff whenever the connection or the broker is lost, as
// long as a resource needs it. Any thread; nothing here waits.
class BrokerSession : public Scheduled, public std::enable_shared_from_this<BrokerSession> {
 public:
  // What a call to the broker needs. Valid for ever: a session and its channel live as long as the process.
  struct Attachment {
    BridgeStub* stub = nullptr;
    std::string session_id;
    // Counts the attachments, from 1.
    uint64_t generation = 0;
  };

  // The process's session with the broker at `address`; made if need be, with nothing of gRPC started yet.
  static std::shared_ptr<BrokerSession> For(const std::string& address);

  // For who asks about no resource in particular: a session that is attached; null if none is.
  static std::shared_ptr<BrokerSession> AnyAttached();

  explicit BrokerSession(std::string address);

  const std::string& address() const { return address_; }

  // Of each call to this broker, and from OpenSession's answer to WatchStarted. See settings.h.
  std::chrono::milliseconds call_timeout() const { return std::chrono::milliseconds(call_timeout_ms_); }
  void set_call_timeout(std::chrono::milliseconds timeout) { call_timeout_ms_ = timeout.count(); }

  // From here on `link` is told of attachments and of what concerns its resource, and the session attaches if it has
  // not. Of two links of one resource the newer is told.
  void Add(const std::shared_ptr<BrokerLink>& link);
  void Remove(const std::shared_ptr<BrokerLink>& link);

  // Whether `link` is the one that is told of its resource.
  bool Holds(const BrokerLink& link) const;

  // Resources that are opened at once, when thousands are to be: so many calls keep the broker busy, and more would
  // only cost it and RHS memory. The broker answers them from memory, so none waits long for another.
  static constexpr int kOpenCalls = 64;

  // Whether `link` may make the call to open its resource now; OpenEnded follows that. If not, its MayOpenNow is called
  // later.
  bool TakeOpenCall(const std::shared_ptr<BrokerLink>& link);
  void OpenEnded();

  // Events of this operation go to `link`, until Untrack.
  void Track(const std::string& operation_id, const std::shared_ptr<BrokerLink>& link);
  void Untrack(const std::string& operation_id);

  // Why there is no attachment.
  struct Fault {
    // 1062, or 1306 for a broker with which there is no common version.
    uint32_t win32_code = 0;
    std::string why;
  };

  // What the last attempt to attach failed with; `why` is empty before the first has failed, and while attached.
  Fault fault() const;

  // Absent while the broker is away.
  std::optional<Attachment> attachment() const;

  // Whether waiting a moment for the broker makes sense: it is attached, or has not been found missing yet.
  bool MayAnswerSoon() const;

  // The largest InBuffer the broker takes; absent until it has said so.
  std::optional<uint32_t> max_in_buffer_bytes() const;

  // ResourceTypeControl: the answer, if it came by `deadline`.
  std::optional<v1::ControlResponse> ControlType(const std::string& type, v1::ControlRequest control,
                                                 SteadyTime deadline);

  SteadyTime Run(SteadyTime now) override;

 private:
  friend class SessionWatch;

  enum class State {
    kIdle,      // nobody needs it
    kWaiting,   // to try again at due_
    kOpening,   // OpenSession is under way
    kStarting,  // Watch is under way, WatchStarted has not come
    kAttached,
  };

  // OpenSession, with the channel made at the first attempt; then Watch; then the links are told.
  void Open() ABSL_LOCKS_EXCLUDED(mutex_);
  void Opened(const grpc::Status& status, const v1::OpenSessionResponse& response) ABSL_LOCKS_EXCLUDED(mutex_);
  void Attach() ABSL_LOCKS_EXCLUDED(mutex_);
  absl::StatusOr<BridgeStub*> Stub() ABSL_LOCKS_EXCLUDED(mutex_);
  // Tries again after a while; logs the fault if it is news.
  void Retry(Fault fault) ABSL_LOCKS_EXCLUDED(mutex_);

  // Sends what the entry points did, if that is due; and when to come again.
  SteadyTime ReportUsage(SteadyTime now) ABSL_LOCKS_EXCLUDED(mutex_);
  void UsageAnswered(uint64_t generation, const grpc::Status& status) ABSL_LOCKS_EXCLUDED(mutex_);

  // From SessionWatch; one that is not the newest is ignored.
  void Watched(const SessionWatch* watch, v1::SessionEvent event) ABSL_LOCKS_EXCLUDED(mutex_);
  void WatchEnded(const SessionWatch* watch, const grpc::Status& status) ABSL_LOCKS_EXCLUDED(mutex_);
  std::shared_ptr<BrokerLink> Addressee(const v1::SessionEvent& event) const ABSL_LOCKS_EXCLUDED(mutex_);

  // To the cluster log, by way of one of the links.
  void Note(resapi::LOG_LEVEL level, absl::string_view text) const ABSL_LOCKS_EXCLUDED(mutex_);

  const std::string address_;
  const std::string session_id_;
  std::atomic<int64_t> call_timeout_ms_{5000};

  mutable absl::Mutex mutex_;
  State state_ ABSL_GUARDED_BY(mutex_) = State::kIdle;
  // When kWaiting tries again, and when kStarting is given up.
  SteadyTime due_ ABSL_GUARDED_BY(mutex_) = kNever;
  int failures_ ABSL_GUARDED_BY(mutex_) = 0;
  Fault fault_ ABSL_GUARDED_BY(mutex_);
  uint64_t generation_ ABSL_GUARDED_BY(mutex_) = 0;
  std::string broker_instance_ ABSL_GUARDED_BY(mutex_);
  UsageReport usage_ ABSL_GUARDED_BY(mutex_){&EntryPointCounts::Get()};
  bool usage_under_way_ ABSL_GUARDED_BY(mutex_) = false;
  std::optional<uint32_t> max_in_buffer_bytes_ ABSL_GUARDED_BY(mutex_);
  std::shared_ptr<grpc::Channel> channel_ ABSL_GUARDED_BY(mutex_);
  std::unique_ptr<BridgeStub> stub_ ABSL_GUARDED_BY(mutex_);
  // Of kStarting and kAttached.
  std::shared_ptr<SessionWatch> watch_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, std::shared_ptr<BrokerLink>> by_resource_ ABSL_GUARDED_BY(mutex_);
  std::set<std::shared_ptr<BrokerLink>> links_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, std::shared_ptr<BrokerLink>> by_operation_ ABSL_GUARDED_BY(mutex_);
  int open_calls_ ABSL_GUARDED_BY(mutex_) = 0;
  std::deque<std::shared_ptr<BrokerLink>> to_open_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace resource_broker::bridge
