#include "bridge_dll/resource.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "bridge_dll/session_identity.h"
#include "resource_broker/v1/win32_codes.h"

namespace resource_broker::bridge {
namespace {

// Part of every budget that is left for the way back: waking up on a busy machine, and returning.
constexpr std::chrono::milliseconds kReturnMargin{50};
// How long Terminate and Close wait for a callback that is under way.
constexpr std::chrono::milliseconds kCallbackWait{200};

const char* Name(v1::OperationKind kind) { return kind == v1::ONLINE ? "Online" : "Offline"; }

const char* Name(v1::EventKind outcome) {
  switch (outcome) {
    case v1::SUCCEEDED:
      return "succeeded";
    case v1::CANCELLED:
      return "was cancelled";
    case v1::TERMINATED:
      return "was terminated";
    case v1::REFUSED:
      return "was refused";
    default:
      return "failed";
  }
}

// An error that RHS takes as one.
uint32_t FailureCode(const v1::FinalReport& report) {
  const bool usable = report.win32_code() != win32::kSuccess && report.win32_code() != win32::kIoPending;
  return usable ? report.win32_code() : win32::kResourceFailed;
}

// A later broker may have words this bridge does not know: then the last known one holds.
bool IsKnown(v1::Health health) { return health == v1::ALIVE || health == v1::DEAD; }

}  // namespace

Resource::Resource(ResourceIdentity identity, const HostCallbacks& host, std::unique_ptr<ResourceKey> key)
    : identity_(std::move(identity)), key_(std::move(key)), host_(std::make_shared<HostLink>(host, identity_.handle)) {}

// --- From RHS ---

void Resource::Open() {
  host_->OnTerminated([weak = weak_from_this()](const std::string& operation_id) {
    const std::shared_ptr<Resource> self = weak.lock();
    if (self != nullptr) self->HostTerminated(operation_id);
  });
  Refresh();
}

void Resource::Refresh() {
  std::vector<std::string> complaints;
  Properties properties = key_->ReadProperties(&complaints);
  Settings settings = SettingsFrom(properties, &complaints);
  for (const std::string& complaint : complaints) LogNow(resapi::LOG_WARNING, complaint);

  std::shared_ptr<BrokerLink> link;
  std::shared_ptr<BrokerLink> old;
  std::optional<v1::OpenResourceRequest> open;
  bool joins = false;
  {
    absl::MutexLock lock(&mutex_);
    if (closed_) return;
    const bool changed = link_ == nullptr || !Same(properties, properties_);
    if (link_ == nullptr || link_->session().address() != settings.address) {
      old = std::exchange(link_,
                          std::make_shared<BrokerLink>(BrokerSession::For(settings.address), identity_.name,
                                                       std::static_pointer_cast<LinkObserver>(shared_from_this())));
      joins = true;
    }
    link_->session().set_call_timeout(settings.call_timeout);
    properties_ = std::move(properties);
    settings_ = std::move(settings);
    link = link_;
    if (changed && !settings_.module.empty()) {
      open.emplace();
      open->set_resource_type(identity_.type);
      open->set_module(settings_.module);
      open->mutable_properties()->insert(properties_.begin(), properties_.end());
      open->set_open_flags(identity_.open_flags);
    }
  }
  if (old != nullptr) old->Close();
  if (joins) link->Join();
  if (open.has_value()) link->Open(*std::move(open));
}

uint32_t Resource::Operate(v1::OperationRequest request) {
  const SteadyTime began = Now();
  request.set_id(RandomId());
  {
    absl::MutexLock lock(&mutex_);
    if (closed_) return win32::kResourceNotFound;
    if (operation_.has_value() || host_->pending()) return win32::kInvalidState;
    operation_ = Operation{};
    operation_->id = request.id();
    operation_->kind = request.kind();
  }
  Refresh();
  if (const uint32_t code = Check(request); code != win32::kSuccess) {
    absl::MutexLock lock(&mutex_);
    if (Has(request.id())) operation_.reset();
    return code;
  }
  std::shared_ptr<BrokerLink> link;
  std::chrono::milliseconds reconnect_timeout{};
  SteadyTime deadline;
  {
    absl::MutexLock lock(&mutex_);
    request.set_resource(identity_.name);
    request.set_resource_type(identity_.type);
    request.set_module(settings_.module);
    request.mutable_properties()->insert(properties_.begin(), properties_.end());
    health_.reset();
    link = link_;
    reconnect_timeout = settings_.reconnect_timeout;
    deadline = WaitLimit(began);
  }
  const std::string id = request.id();
  link->Start(std::move(request), reconnect_timeout);
  return AwaitOutcome(id, link->session().MayAnswerSoon() ? deadline : began);
}

uint32_t Resource::Check(const v1::OperationRequest& request) {
  std::string complaint;
  uint32_t code = win32::kSuccess;
  {
    absl::MutexLock lock(&mutex_);
    if (closed_) return win32::kResourceNotFound;
    const uint32_t broker_limit = link_->session().max_in_buffer_bytes().value_or(settings_.max_in_buffer_bytes);
    const uint32_t limit = std::min(settings_.max_in_buffer_bytes, broker_limit);
    if (settings_.module.empty()) {
      code = win32::kInvalidParameter;
      complaint =
          absl::StrCat(Name(request.kind()),
                       ": the private property Module is missing. It names the module that serves the resource.");
    } else if (request.in_buffer().size() > limit) {
      code = win32::kBadLength;
      complaint = absl::StrCat(Name(request.kind()), ": InBuffer has ", request.in_buffer().size(),
                               " bytes, more than the ", limit, " that MaxInBufferBytes and the broker allow.");
    }
  }
  if (code != win32::kSuccess) LogNow(resapi::LOG_ERROR, complaint);
  return code;
}

uint32_t Resource::AwaitOutcome(const std::string& id, SteadyTime deadline) {
  std::shared_ptr<BrokerLink> link;
  {
    absl::MutexLock lock(&mutex_);
    const auto decided = [this, &id]()
                             ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return !Has(id) || operation_->final.has_value(); };
    mutex_.AwaitWithTimeout(absl::Condition(&decided), Until(deadline));
    if (Has(id)) return Outcome();
    link = link_;
  }
  // Terminate came while this was inside. Its own word to the broker may have gone before the operation: once more.
  link->Terminate(id, "Terminate");
  return win32::kOperationAborted;
}

uint32_t Resource::Outcome() {
  if (!operation_->final.has_value()) {
    operation_->pended = true;
    host_->Pend(operation_->id, operation_->kind, key_->pending_timeout());
    return win32::kIoPending;
  }
  const Operation ended = *std::exchange(operation_, std::nullopt);
  if (ended.outcome == v1::SUCCEEDED) return win32::kSuccess;
  const resapi::RESOURCE_STATUS_EX status = FinalStatus(ended.kind, *ended.final, ended.outcome);
  if (status.ResourceState == resapi::ClusterResourceFailed) return FailureCode(*ended.final);
  // Refused, cancelled or restored: the resource is in a good state. An error from the entry point would make RHS
  // terminate it; the documented way to say so is a report.
  host_->Pend(ended.id, ended.kind, key_->pending_timeout());
  host_->End(ended.id, status);
  return win32::kIoPending;
}

void Resource::Terminate(absl::string_view reason) {
  const SteadyTime began = Now();
  std::shared_ptr<BrokerLink> link;
  std::string operation_id;
  SteadyTime deadline;
  {
    absl::MutexLock lock(&mutex_);
    if (closed_) return;
    if (operation_.has_value()) operation_id = operation_->id;
    operation_.reset();
    state_ = State::kOffline;
    link = link_;
    deadline = began + settings_.terminate_budget;
  }
  link->Terminate(operation_id, reason);
  host_->Silence(began + kCallbackWait);
  host_->ReleaseLock();
  if (!Reporter::Get().OnThread()) link->AwaitTerminated(deadline);
}

void Resource::HostTerminated(const std::string& operation_id) {
  std::shared_ptr<BrokerLink> link;
  {
    absl::MutexLock lock(&mutex_);
    if (closed_) return;
    if (Has(operation_id)) operation_.reset();
    state_ = State::kOffline;
    link = link_;
  }
  link->Terminate(operation_id, "SetResourceStatusEx");
}

uint32_t Resource::Cancel(uint32_t flags) {
  std::shared_ptr<BrokerLink> link;
  std::string operation_id;
  {
    absl::MutexLock lock(&mutex_);
    if (!operation_.has_value() || operation_->final.has_value()) return win32::kSuccess;
    operation_id = operation_->id;
    link = link_;
  }
  link->Cancel(operation_id, flags);
  return win32::kIoPending;
}

void Resource::Close() {
  bool may_run = false;
  {
    absl::MutexLock lock(&mutex_);
    may_run = operation_.has_value() || state_ == State::kOnline;
  }
  if (may_run) Terminate("Close");
  const SteadyTime began = Now();
  std::shared_ptr<BrokerLink> link;
  SteadyTime deadline;
  {
    absl::MutexLock lock(&mutex_);
    closed_ = true;
    operation_.reset();
    link = link_;
    deadline = began + settings_.close_budget;
  }
  link->Close();
  host_->ReleaseLock();
  host_->Close(began + kCallbackWait);
  if (!Reporter::Get().OnThread()) link->AwaitClosed(deadline);
}

bool Resource::LooksAlive() {
  absl::MutexLock lock(&mutex_);
  return Answer();
}

bool Resource::IsAlive() {
  const SteadyTime began = Now();
  std::optional<BrokerSession::Attachment> attachment;
  SteadyTime limit;
  {
    absl::MutexLock lock(&mutex_);
    if (closed_ || operation_.has_value() || state_ != State::kOnline) return Answer();
    attachment = link_->session().attachment();
    limit = WaitLimit(began);
  }
  if (attachment.has_value()) {
    v1::CheckHealthRequest request;
    request.set_session_id(attachment->session_id);
    request.set_resource(identity_.name);
    request.set_thorough(true);
    const auto response = CallWithin<v1::CheckHealthRequest, v1::CheckHealthResponse>(
        attachment->stub, &BridgeStub::async_interface::CheckHealth, std::move(request), limit);
    absl::MutexLock lock(&mutex_);
    if (response.has_value() && IsKnown(response->health())) health_ = response->health();
    return Answer();
  }
  absl::MutexLock lock(&mutex_);
  return Answer();
}

std::optional<v1::ControlResponse> Resource::Control(v1::ControlRequest control) {
  const SteadyTime began = Now();
  v1::ControlResourceRequest request;
  std::optional<BrokerSession::Attachment> attachment;
  SteadyTime limit;
  {
    absl::MutexLock lock(&mutex_);
    if (closed_ || settings_.module.empty()) return std::nullopt;
    attachment = link_->session().attachment();
    limit = WaitLimit(began);
  }
  if (!attachment.has_value()) return std::nullopt;
  request.set_session_id(attachment->session_id);
  request.set_resource(identity_.name);
  *request.mutable_control() = std::move(control);
  return CallWithin<v1::ControlResourceRequest, v1::ControlResponse>(
      attachment->stub, &BridgeStub::async_interface::ControlResource, std::move(request), limit);
}

// --- From the broker ---

void Resource::ResourceOpened(const v1::OpenResourceResponse& response) {
  absl::MutexLock lock(&mutex_);
  if (closed_) return;
  // What this instance was told itself is newer, and a broker that lost its journal may know nothing.
  if (state_ == State::kUnknown && !operation_.has_value()) {
    if (response.state() == v1::RESOURCE_ONLINE) state_ = State::kOnline;
    if (response.state() == v1::RESOURCE_FAILED) state_ = State::kFailed;
  }
  if (response.has_health() && IsKnown(response.health())) health_ = response.health();
  host_->SetLocked(response.locked(), 0);
}

void Resource::OperationEvent(const std::string& operation_id, const v1::Event& event) {
  absl::MutexLock lock(&mutex_);
  if (!Has(operation_id)) return;
  if (IsFinal(event)) {
    End(event.final(), event.kind(), event.message());
    return;
  }
  if (event.kind() == v1::QUEUED) {
    host_->Log(resapi::LOG_INFORMATION, absl::StrCat(Name(operation_->kind), " waits: ", event.message()));
  }
  if (operation_->pended) host_->Progress(operation_id);
}

void Resource::OperationLost(const std::string& operation_id, uint32_t win32_code, absl::string_view why) {
  absl::MutexLock lock(&mutex_);
  if (!Has(operation_id)) return;
  v1::FinalReport report;
  report.set_state(v1::RESOURCE_FAILED);
  report.set_win32_code(win32_code);
  End(report, v1::FAILED, why);
}

void Resource::HealthChanged(const v1::HealthChanged& event) {
  absl::MutexLock lock(&mutex_);
  if (IsKnown(event.health())) health_ = event.health();
  if (event.health() == v1::DEAD) {
    host_->Log(resapi::LOG_WARNING, absl::StrCat("The resource is no longer alive: ", event.message()));
  }
}

void Resource::LockChanged(const v1::LockChanged& event) { host_->SetLocked(event.locked(), event.reason()); }

void Resource::FailureSignalled(const v1::FailureSignalled& event) {
  absl::MutexLock lock(&mutex_);
  // Of a resource that RHS holds for online; otherwise the operation's own report tells.
  if (closed_ || operation_.has_value() || state_ != State::kOnline) return;
  host_->Log(resapi::LOG_ERROR, absl::StrCat("The resource failed: ", event.message()));
  host_->SignalFailure(event.failure_type(), event.application_error());
}

void Resource::Note(resapi::LOG_LEVEL level, absl::string_view text) { host_->Log(level, text); }

// --- Below the lock ---

bool Resource::Has(const std::string& operation_id) const {
  return operation_.has_value() && operation_->id == operation_id;
}

void Resource::End(const v1::FinalReport& report, v1::EventKind outcome, absl::string_view message) {
  const resapi::RESOURCE_STATUS_EX status = FinalStatus(operation_->kind, report, outcome);
  const bool good = outcome == v1::SUCCEEDED;
  host_->Log(good ? resapi::LOG_INFORMATION : resapi::LOG_ERROR,
             good ? absl::StrCat(Name(operation_->kind), " succeeded.")
                  : absl::StrCat(Name(operation_->kind), " ", Name(outcome), " with ", report.win32_code(),
                                 " (module's code ", report.module_code(), "): ", message));
  state_ = status.ResourceState == resapi::ClusterResourceOnline    ? State::kOnline
           : status.ResourceState == resapi::ClusterResourceOffline ? State::kOffline
                                                                    : State::kFailed;
  if (state_ == State::kOffline) host_->SetLocked(false, 0);
  if (operation_->pended) {
    host_->End(operation_->id, status);
    operation_.reset();
  } else {
    operation_->final = report;
    operation_->outcome = outcome;
  }
}

bool Resource::Answer() const {
  if (closed_) return false;
  if (operation_.has_value()) return true;
  return state_ == State::kOnline && health_ != v1::DEAD;
}

SteadyTime Resource::WaitLimit(SteadyTime began) const { return began + settings_.call_budget - kReturnMargin; }

}  // namespace resource_broker::bridge
