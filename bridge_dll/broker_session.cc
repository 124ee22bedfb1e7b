#include "bridge_dll/broker_session.h"

#include <grpcpp/channel.h>

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "bridge_dll/broker_link.h"
#include "bridge_dll/rpc_outcome.h"
#include "bridge_dll/session_identity.h"
#include "bridge_dll/session_watch.h"
#include "ipc/channel.h"
#include "ipc/shared_thread.h"
#include "resource_broker/v1/win32_codes.h"

namespace resource_broker::bridge {
namespace {

struct Sessions {
  absl::Mutex mutex;
  std::map<std::string, std::shared_ptr<BrokerSession>> by_address ABSL_GUARDED_BY(mutex);
};

// Never destroyed: gRPC's threads use it until the process ends.
Sessions& AllSessions() {
  static auto* const sessions = new Sessions;
  return *sessions;
}

}  // namespace

std::shared_ptr<BrokerSession> BrokerSession::For(const std::string& address) {
  Sessions& sessions = AllSessions();
  absl::MutexLock lock(&sessions.mutex);
  std::shared_ptr<BrokerSession>& session = sessions.by_address[address];
  if (session == nullptr) session = std::make_shared<BrokerSession>(address);
  return session;
}

std::shared_ptr<BrokerSession> BrokerSession::AnyAttached() {
  Sessions& sessions = AllSessions();
  absl::MutexLock lock(&sessions.mutex);
  for (const auto& [address, session] : sessions.by_address) {
    if (session != nullptr && session->attachment().has_value()) return session;
  }
  return nullptr;
}

BrokerSession::BrokerSession(std::string address) : address_(std::move(address)), session_id_(RandomId()) {}

void BrokerSession::Add(const std::shared_ptr<BrokerLink>& link) {
  std::shared_ptr<BrokerLink> predecessor;
  {
    absl::MutexLock lock(&mutex_);
    links_.insert(link);
    predecessor = std::exchange(by_resource_[link->resource()], link);
    if (state_ == State::kIdle) {
      state_ = State::kWaiting;
      due_ = SteadyTime();
      Reporter::Get().Wake(shared_from_this());
    }
  }
  if (predecessor != nullptr) link->Follow(predecessor);
  if (const std::optional<Attachment> attached = attachment(); attached.has_value()) link->Attached(*attached);
}

void BrokerSession::Remove(const std::shared_ptr<BrokerLink>& link) {
  absl::MutexLock lock(&mutex_);
  links_.erase(link);
  const auto found = by_resource_.find(link->resource());
  if (found != by_resource_.end() && found->second == link) by_resource_.erase(found);
}

bool BrokerSession::Holds(const BrokerLink& link) const {
  absl::MutexLock lock(&mutex_);
  const auto found = by_resource_.find(link.resource());
  return found != by_resource_.end() && found->second.get() == &link;
}

bool BrokerSession::TakeOpenCall(const std::shared_ptr<BrokerLink>& link) {
  absl::MutexLock lock(&mutex_);
  if (open_calls_ < kOpenCalls) {
    ++open_calls_;
    return true;
  }
  to_open_.push_back(link);
  return false;
}

void BrokerSession::OpenEnded() {
  {
    absl::MutexLock lock(&mutex_);
    --open_calls_;
  }
  // One that no longer wants to leaves its place to the next.
  while (true) {
    std::shared_ptr<BrokerLink> link;
    {
      absl::MutexLock lock(&mutex_);
      if (open_calls_ >= kOpenCalls || to_open_.empty()) return;
      link = std::move(to_open_.front());
      to_open_.pop_front();
    }
    link->MayOpenNow();
  }
}

void BrokerSession::Track(const std::string& operation_id, const std::shared_ptr<BrokerLink>& link) {
  absl::MutexLock lock(&mutex_);
  by_operation_[operation_id] = link;
}

void BrokerSession::Untrack(const std::string& operation_id) {
  absl::MutexLock lock(&mutex_);
  by_operation_.erase(operation_id);
}

std::optional<BrokerSession::Attachment> BrokerSession::attachment() const {
  absl::MutexLock lock(&mutex_);
  if (state_ != State::kAttached) return std::nullopt;
  return Attachment{stub_.get(), session_id_, generation_};
}

BrokerSession::Fault BrokerSession::fault() const {
  absl::MutexLock lock(&mutex_);
  return fault_;
}

bool BrokerSession::MayAnswerSoon() const {
  absl::MutexLock lock(&mutex_);
  if (state_ == State::kAttached || channel_ == nullptr) return true;
  return channel_->GetState(/*try_to_connect=*/false) != GRPC_CHANNEL_TRANSIENT_FAILURE;
}

std::optional<uint32_t> BrokerSession::max_in_buffer_bytes() const {
  absl::MutexLock lock(&mutex_);
  return max_in_buffer_bytes_;
}

std::optional<v1::ControlResponse> BrokerSession::ControlType(const std::string& type, v1::ControlRequest control,
                                                              SteadyTime deadline) {
  const std::optional<Attachment> attached = attachment();
  if (!attached.has_value()) return std::nullopt;
  v1::ControlResourceTypeRequest request;
  request.set_session_id(attached->session_id);
  request.set_resource_type(type);
  *request.mutable_control() = std::move(control);
  return CallWithin<v1::ControlResourceTypeRequest, v1::ControlResponse>(
      attached->stub, &BridgeStub::async_interface::ControlResourceType, std::move(request), deadline);
}

// --- Attaching ---

SteadyTime BrokerSession::Run(SteadyTime now) {
  std::shared_ptr<SessionWatch> late;
  {
    absl::ReleasableMutexLock lock(&mutex_);
    if (state_ == State::kAttached) {
      lock.Release();
      return ReportUsage(now);
    }
    if (state_ != State::kWaiting && state_ != State::kStarting) return kNever;
    if (now < due_) return due_;
    if (state_ == State::kStarting) {
      late = watch_;
    } else if (links_.empty()) {
      state_ = State::kIdle;
      return kNever;
    } else {
      state_ = State::kOpening;
    }
  }
  late != nullptr ? late->Cancel() : Open();
  return kNever;
}

// Only in kOpening, so on one thread at a time: the lock is not held while gRPC starts, which takes its time.
absl::StatusOr<BridgeStub*> BrokerSession::Stub() {
  {
    absl::MutexLock lock(&mutex_);
    if (stub_ != nullptr) return stub_.get();
  }
  // Nothing that gRPC calls here waits for anything.
  ipc::ShareThread();
  ipc::ChannelOptions options;
  // What comes is small; RHS's memory is not the broker's to fill.
  options.small_windows = true;
  absl::StatusOr<std::shared_ptr<grpc::Channel>> channel = ipc::Connect(address_, options);
  if (!channel.ok()) return channel.status();
  absl::MutexLock lock(&mutex_);
  channel_ = *std::move(channel);
  stub_ = v1::Bridge::NewStub(channel_);
  return stub_.get();
}

void BrokerSession::Open() {
  const absl::StatusOr<BridgeStub*> stub = Stub();
  if (!stub.ok()) return Retry({win32::kServiceNotActive, std::string(stub.status().message())});
  // The channel tries again by itself as long as the call runs.
  // The first attempt fails at once where there is no broker, with the reason; the next ones wait for it to come.
  bool wait_for_ready = false;
  {
    absl::MutexLock lock(&mutex_);
    wait_for_ready = failures_ > 0;
  }
  StartCall<v1::OpenSessionRequest, v1::OpenSessionResponse>(
      *stub, &BridgeStub::async_interface::OpenSession, SessionRequest(session_id_), call_timeout(), wait_for_ready,
      [self = shared_from_this()](const grpc::Status& status, const v1::OpenSessionResponse& response) {
        self->Opened(status, response);
      });
}

void BrokerSession::Opened(const grpc::Status& status, const v1::OpenSessionResponse& response) {
  if (!status.ok()) {
    const bool misfit = status.error_code() == grpc::StatusCode::FAILED_PRECONDITION;
    return Retry({misfit ? win32::kRevisionMismatch : win32::kServiceNotActive, Shown(status)});
  }
  if (std::string misfit = Misfit(response); !misfit.empty()) {
    return Retry({win32::kRevisionMismatch, std::move(misfit)});
  }
  auto watch = std::make_shared<SessionWatch>(shared_from_this());
  BridgeStub* stub = nullptr;
  bool restarted = false;
  {
    absl::MutexLock lock(&mutex_);
    restarted = !broker_instance_.empty() && broker_instance_ != response.broker_instance();
    broker_instance_ = response.broker_instance();
    if (response.max_in_buffer_bytes() != 0) max_in_buffer_bytes_ = response.max_in_buffer_bytes();
    state_ = State::kStarting;
    due_ = Now() + call_timeout();
    watch_ = watch;
    stub = stub_.get();
    Reporter::Get().Wake(shared_from_this(), due_);
  }
  if (restarted) Note(resapi::LOG_WARNING, "The broker was restarted.");
  SessionWatch::Start(watch, stub, session_id_);
}

void BrokerSession::Attach() {
  std::vector<std::shared_ptr<BrokerLink>> links;
  {
    absl::MutexLock lock(&mutex_);
    state_ = State::kAttached;
    ++generation_;
    failures_ = 0;
    fault_ = {};
    links.assign(links_.begin(), links_.end());
    usage_.Attached(Now());
    Reporter::Get().Wake(shared_from_this(), usage_.due());
  }
  Note(resapi::LOG_INFORMATION, absl::StrCat("Attached to the broker at ", address_, "."));
  const Attachment attached = *attachment();
  for (const std::shared_ptr<BrokerLink>& link : links) link->Attached(attached);
}

void BrokerSession::Retry(Fault fault) {
  const std::string why = fault.why;
  bool news = false;
  {
    absl::MutexLock lock(&mutex_);
    news = fault_.why != why;
    fault_ = std::move(fault);
    state_ = State::kWaiting;
    due_ = Now() + RetryDelay(++failures_);
    Reporter::Get().Wake(shared_from_this(), due_);
  }
  if (news) Note(resapi::LOG_WARNING, absl::StrCat("No broker at ", address_, " yet: ", why));
}

// --- Reporting ---

SteadyTime BrokerSession::ReportUsage(SteadyTime now) {
  v1::ReportUsageRequest request;
  BridgeStub* stub = nullptr;
  uint64_t generation = 0;
  {
    absl::MutexLock lock(&mutex_);
    // Of the attachment before; its answer wakes this one.
    if (usage_under_way_) return kNever;
    std::optional<v1::ReportUsageRequest> report = usage_.Make(now);
    if (!report.has_value()) return usage_.due();
    request = *std::move(report);
    request.set_session_id(session_id_);
    usage_under_way_ = true;
    stub = stub_.get();
    generation = generation_;
  }
  StartCall<v1::ReportUsageRequest, v1::ReportUsageResponse>(
      stub, &BridgeStub::async_interface::ReportUsage, std::move(request), call_timeout(), /*wait_for_ready=*/false,
      [self = shared_from_this(), generation](const grpc::Status& status, const v1::ReportUsageResponse&) {
        self->UsageAnswered(generation, status);
      });
  return kNever;
}

void BrokerSession::UsageAnswered(uint64_t generation, const grpc::Status& status) {
  absl::MutexLock lock(&mutex_);
  usage_under_way_ = false;
  const bool unknown = status.error_code() == grpc::StatusCode::UNIMPLEMENTED && generation == generation_;
  usage_.Answered(status.ok() ? UsageReport::Outcome::kTaken
                  : unknown   ? UsageReport::Outcome::kUnknown
                              : UsageReport::Outcome::kLost,
                  Now());
  if (state_ == State::kAttached) Reporter::Get().Wake(shared_from_this(), usage_.due());
}

// --- Watching ---

void BrokerSession::Watched(const SessionWatch* watch, v1::SessionEvent event) {
  {
    absl::MutexLock lock(&mutex_);
    if (watch_.get() != watch) return;
  }
  if (event.has_started()) return Attach();
  if (const std::shared_ptr<BrokerLink> link = Addressee(event); link != nullptr) link->Arrived(std::move(event));
}

std::shared_ptr<BrokerLink> BrokerSession::Addressee(const v1::SessionEvent& event) const {
  absl::MutexLock lock(&mutex_);
  const bool by_operation = event.has_operation();
  const auto& links = by_operation ? by_operation_ : by_resource_;
  const auto found = links.find(by_operation         ? event.operation().operation_id()
                                : event.has_health() ? event.health().resource()
                                : event.has_lock()   ? event.lock().resource()
                                                     : event.failure().resource());
  return found == links.end() ? nullptr : found->second;
}

void BrokerSession::WatchEnded(const SessionWatch* watch, const grpc::Status& status) {
  std::vector<std::shared_ptr<BrokerLink>> links;
  uint64_t generation = 0;
  {
    absl::MutexLock lock(&mutex_);
    if (watch_.get() != watch) return;
    watch_.reset();
    generation = generation_;
    if (state_ == State::kAttached) links.assign(links_.begin(), links_.end());
    state_ = State::kOpening;  // nobody else moves it on
  }
  for (const std::shared_ptr<BrokerLink>& link : links) link->Detached(generation);
  Retry({win32::kServiceNotActive, absl::StrCat("the connection ended: ", Shown(status))});
}

void BrokerSession::Note(resapi::LOG_LEVEL level, absl::string_view text) const {
  std::shared_ptr<BrokerLink> link;
  {
    absl::MutexLock lock(&mutex_);
    if (!by_resource_.empty()) link = by_resource_.begin()->second;
  }
  if (link != nullptr) link->SessionNote(level, text);
}

}  // namespace resource_broker::bridge
