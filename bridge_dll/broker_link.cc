#include "bridge_dll/broker_link.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "bridge_dll/rpc_outcome.h"
#include "resource_broker/v1/win32_codes.h"

namespace resource_broker::bridge {
namespace {

// Opening may start a module, and the rest is answered from memory and the journal; but Terminate returns when the
// module has done it, so it has so many times the others' CallTimeoutMs.
constexpr int kTerminateCalls = 3;

}  // namespace

BrokerLink::BrokerLink(std::shared_ptr<BrokerSession> session, std::string resource,
                       std::weak_ptr<LinkObserver> observer)
    : session_(std::move(session)), resource_(std::move(resource)), observer_(std::move(observer)) {}

void BrokerLink::Join() { session_->Add(shared_from_this()); }

// --- What RHS wants ---

void BrokerLink::Open(v1::OpenResourceRequest request) {
  {
    absl::MutexLock lock(&mutex_);
    open_ = std::move(request);
    ++open_number_;
    opened_in_ = 0;
    retry_at_ = SteadyTime();
  }
  Proceed();
}

void BrokerLink::Start(v1::OperationRequest request, std::chrono::milliseconds reconnect_timeout) {
  {
    absl::MutexLock lock(&mutex_);
    // Terminate may have overtaken the call that brought the operation.
    if (closing_ || request.id() == terminated_operation_) return;
    session_->Track(request.id(), shared_from_this());
    operation_ = Operation{};
    operation_->request = std::move(request);
    operation_->reconnect_timeout = reconnect_timeout;
    operation_->unconfirmed_since = Now();
    retry_at_ = SteadyTime();
  }
  Proceed();
}

void BrokerLink::Cancel(const std::string& operation_id, uint32_t flags) {
  {
    absl::MutexLock lock(&mutex_);
    if (!operation_.has_value() || operation_->request.id() != operation_id) return;
    operation_->cancel_flags = flags;
  }
  Proceed();
}

void BrokerLink::Terminate(const std::string& operation_id, absl::string_view reason) {
  {
    absl::MutexLock lock(&mutex_);
    if (!operation_id.empty()) terminated_operation_ = operation_id;
    if (operation_.has_value() && operation_->request.id() == operation_id) Forget();
    terminate_ = TerminateWish{operation_id, std::string(reason), Now() + kForgetAfter, ++terminate_number_};
    retry_at_ = SteadyTime();
  }
  Proceed();
}

bool BrokerLink::AwaitTerminated(SteadyTime deadline) {
  absl::MutexLock lock(&mutex_);
  const auto decided = [this]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
    return !terminate_.has_value() || !attachment_.has_value();
  };
  mutex_.AwaitWithTimeout(absl::Condition(&decided), Until(deadline));
  return !terminate_.has_value();
}

void BrokerLink::Close() {
  {
    absl::MutexLock lock(&mutex_);
    if (operation_.has_value()) Forget();
    closing_ = true;
    close_expires_ = Now() + kForgetAfter;
    retry_at_ = SteadyTime();
  }
  Proceed();
}

bool BrokerLink::AwaitClosed(SteadyTime deadline) {
  absl::MutexLock lock(&mutex_);
  const auto decided = [this]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return finished_ || !attachment_.has_value(); };
  mutex_.AwaitWithTimeout(absl::Condition(&decided), Until(deadline));
  return finished_;
}

// --- From the session ---

void BrokerLink::Attached(const BrokerSession::Attachment& attachment) {
  {
    absl::MutexLock lock(&mutex_);
    // The news that this attachment has ended may have come first.
    if (attachment.generation <= detached_from_) return;
    attachment_ = attachment;
    if (operation_.has_value()) operation_->asked_again = false;
    failures_ = 0;
    retry_at_ = SteadyTime();
  }
  Proceed();
}

void BrokerLink::Detached(uint64_t generation) {
  absl::MutexLock lock(&mutex_);
  detached_from_ = std::max(detached_from_, generation);
  if (!attachment_.has_value() || attachment_->generation > generation) return;
  if (operation_.has_value() && Confirmed(*operation_)) {
    operation_->unconfirmed_since = Now();
    Note(resapi::LOG_WARNING, "The broker is gone. The operation stays pending until it is back.");
  }
  attachment_.reset();
  Reporter::Get().Wake(shared_from_this(), Due(Now()));
}

void BrokerLink::Arrived(v1::SessionEvent event) {
  {
    absl::MutexLock lock(&mutex_);
    const std::shared_ptr<LinkObserver> observer = observer_.lock();
    if (closing_ || observer == nullptr) return;
    switch (event.event_case()) {
      case v1::SessionEvent::kOperation:
        if (!operation_.has_value() || operation_->request.id() != event.operation().operation_id()) return;
        Deliver(operation_->events.Watched(std::move(*event.mutable_operation()->mutable_event())));
        // An answer under way may bring what is missing; else it is asked for.
        if (operation_.has_value() && operation_->events.incomplete() && !busy_) operation_->confirmed_in = 0;
        break;
      case v1::SessionEvent::kHealth:
        observer->HealthChanged(event.health());
        break;
      case v1::SessionEvent::kLock:
        observer->LockChanged(event.lock());
        break;
      case v1::SessionEvent::kFailure:
        observer->FailureSignalled(event.failure());
        break;
      default:
        break;
    }
  }
  Proceed();
}

void BrokerLink::MayOpenNow() {
  {
    absl::MutexLock lock(&mutex_);
    waits_to_open_ = false;
  }
  Proceed();
}

void BrokerLink::SessionNote(resapi::LOG_LEVEL level, absl::string_view text) {
  absl::MutexLock lock(&mutex_);
  Note(level, text);
}

// --- Two links of one resource, one closed and one opened again ---

void BrokerLink::Follow(const std::shared_ptr<BrokerLink>& predecessor) {
  {
    absl::MutexLock lock(&mutex_);
    follows_ = true;
  }
  if (!predecessor->Leads(shared_from_this())) LeaderFinished();
}

bool BrokerLink::Leads(const std::shared_ptr<BrokerLink>& successor) {
  absl::MutexLock lock(&mutex_);
  if (!closing_ || finished_) return false;
  successor_ = successor;
  return true;
}

void BrokerLink::LeaderFinished() {
  {
    absl::MutexLock lock(&mutex_);
    follows_ = false;
  }
  Proceed();
}

// --- One call after the other ---

void BrokerLink::Proceed() {
  std::function<void()> call;
  {
    absl::MutexLock lock(&mutex_);
    const SteadyTime now = Now();
    call = Next(now);
    busy_ = busy_ || call != nullptr;
    Reporter::Get().Wake(shared_from_this(), Due(now));
  }
  if (call != nullptr) call();
}

std::function<void()> BrokerLink::Next(SteadyTime now) {
  if (busy_ || finished_ || follows_) return nullptr;
  const bool only_close_is_left = closing_ && !terminate_.has_value();
  if (only_close_is_left && !opened_once_) return Finish();
  if (!attachment_.has_value() || now < retry_at_) return nullptr;
  if (only_close_is_left) return CloseCall();
  if (open_.has_value() && opened_in_ != attachment_->generation) {
    if (!waits_to_open_) waits_to_open_ = !session_->TakeOpenCall(shared_from_this());
    return waits_to_open_ ? nullptr : OpenCall();
  }
  if (terminate_.has_value()) return TerminateCall();
  if (!operation_.has_value()) return nullptr;
  if (!Confirmed(*operation_)) return StartOperationCall();
  if (operation_->cancel_flags.has_value()) return CancelCall();
  return nullptr;
}

template <typename Change>
void BrokerLink::Ended(Change change) {
  {
    absl::MutexLock lock(&mutex_);
    busy_ = false;
    if (change()) {
      retry_at_ = Now() + RetryDelay(++failures_);
    } else {
      failures_ = 0;
    }
  }
  Proceed();
}

std::function<void()> BrokerLink::OpenCall() {
  v1::OpenResourceRequest request = *open_;
  request.set_session_id(attachment_->session_id);
  request.set_resource(resource_);
  opened_once_ = true;
  return [self = shared_from_this(), attachment = *attachment_, number = open_number_, request] {
    StartCall<v1::OpenResourceRequest, v1::OpenResourceResponse>(
        attachment.stub, &BridgeStub::async_interface::OpenResource, request, self->session_->call_timeout(),
        /*wait_for_ready=*/false,
        [self, generation = attachment.generation, number](const grpc::Status& status,
                                                           const v1::OpenResourceResponse& response) {
          self->Ended([&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(self->mutex_) {
            return self->Opened(generation, number, status, response);
          });
          self->session_->OpenEnded();
        });
  };
}

bool BrokerLink::Opened(uint64_t generation, uint64_t number, const grpc::Status& status,
                        const v1::OpenResourceResponse& response) {
  if (MayRecover(status)) return true;
  // Newer properties have come meanwhile: those are sent next.
  if (number == open_number_) opened_in_ = generation;
  if (status.ok()) {
    if (const std::shared_ptr<LinkObserver> observer = observer_.lock(); observer != nullptr && !closing_) {
      observer->ResourceOpened(response);
    }
  } else {
    // Not tried again: an operation that is started nevertheless gets the broker's reason.
    Note(resapi::LOG_WARNING, absl::StrCat("The broker does not open the resource: ", Shown(status)));
  }
  return false;
}

std::function<void()> BrokerLink::TerminateCall() {
  v1::TerminateResourceRequest request;
  request.set_session_id(attachment_->session_id);
  request.set_resource(resource_);
  request.set_operation_id(terminate_->operation_id);
  request.set_reason(terminate_->reason);
  return [self = shared_from_this(), stub = attachment_->stub, number = terminate_->number, request] {
    StartCall<v1::TerminateResourceRequest, v1::TerminateResourceResponse>(
        stub, &BridgeStub::async_interface::TerminateResource, request,
        self->session_->call_timeout() * kTerminateCalls,
        /*wait_for_ready=*/false, [self, number](const grpc::Status& status, const v1::TerminateResourceResponse&) {
          self->Ended([&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(self->mutex_) {
            if (MayRecover(status)) return true;
            if (self->terminate_.has_value() && self->terminate_->number == number) self->terminate_.reset();
            return false;
          });
        });
  };
}

std::function<void()> BrokerLink::StartOperationCall() {
  v1::StartOperationRequest request;
  request.set_session_id(attachment_->session_id);
  *request.mutable_operation() = operation_->request;
  request.set_last_sequence(operation_->events.last());
  return [self = shared_from_this(), attachment = *attachment_, request = std::move(request)]() mutable {
    const Asked asked{attachment.generation, request.operation().id(), request.last_sequence()};
    StartCall<v1::StartOperationRequest, v1::StartOperationResponse>(
        attachment.stub, &BridgeStub::async_interface::StartOperation, std::move(request),
        self->session_->call_timeout(),
        /*wait_for_ready=*/false,
        [self, asked](const grpc::Status& status, const v1::StartOperationResponse& response) {
          self->Ended(
              [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(self->mutex_) { return self->Started(asked, status, response); });
        });
  };
}

bool BrokerLink::Started(const Asked& asked, const grpc::Status& status, const v1::StartOperationResponse& response) {
  if (!operation_.has_value() || operation_->request.id() != asked.operation_id) return false;
  if (MayRecover(status)) return true;
  if (status.error_code() == grpc::StatusCode::NOT_FOUND && !operation_->asked_again) {
    // The resource or its module. With the Watch alive the session exists; the resource is opened again.
    operation_->asked_again = true;
    opened_in_ = 0;
    return false;
  }
  if (!status.ok()) {
    Lose(Win32CodeOf(status), Shown(status));
    return false;
  }
  operation_->confirmed_in = asked.generation;
  Deliver(operation_->events.Answered(asked.after, {response.events().begin(), response.events().end()}));
  if (!operation_.has_value() || !operation_->events.incomplete()) return false;
  operation_->confirmed_in = 0;
  return true;
}

std::function<void()> BrokerLink::CancelCall() {
  v1::CancelOperationRequest request;
  request.set_session_id(attachment_->session_id);
  request.set_operation_id(operation_->request.id());
  request.set_flags(*operation_->cancel_flags);
  return [self = shared_from_this(), stub = attachment_->stub, request] {
    StartCall<v1::CancelOperationRequest, v1::CancelOperationResponse>(
        stub, &BridgeStub::async_interface::CancelOperation, request, self->session_->call_timeout(),
        /*wait_for_ready=*/false,
        [self, id = request.operation_id()](const grpc::Status& status, const v1::CancelOperationResponse&) {
          self->Ended([&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(self->mutex_) {
            if (!self->operation_.has_value() || self->operation_->request.id() != id) return false;
            if (MayRecover(status)) return true;
            self->operation_->cancel_flags.reset();
            return false;
          });
        });
  };
}

std::function<void()> BrokerLink::CloseCall() {
  v1::CloseResourceRequest request;
  request.set_session_id(attachment_->session_id);
  request.set_resource(resource_);
  return [self = shared_from_this(), stub = attachment_->stub, request] {
    // A newer link of the same resource has it open: that one stays.
    if (!self->session_->Holds(*self)) {
      self->Ended([&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(self->mutex_) { return self->opened_once_ = false; });
      return;
    }
    StartCall<v1::CloseResourceRequest, v1::CloseResourceResponse>(
        stub, &BridgeStub::async_interface::CloseResource, request, self->session_->call_timeout(),
        /*wait_for_ready=*/false, [self](const grpc::Status& status, const v1::CloseResourceResponse&) {
          self->Ended([&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(self->mutex_) {
            if (MayRecover(status)) return true;
            self->opened_once_ = false;
            return false;
          });
        });
  };
}

std::function<void()> BrokerLink::Finish() {
  finished_ = true;
  return [self = shared_from_this(), successor = std::exchange(successor_, {}).lock()] {
    self->session_->Remove(self);
    if (successor != nullptr) successor->LeaderFinished();
  };
}

// --- Below the lock ---

bool BrokerLink::Confirmed(const Operation& operation) const {
  return attachment_.has_value() && operation.confirmed_in == attachment_->generation;
}

void BrokerLink::Deliver(const std::vector<v1::Event>& events) {
  const std::shared_ptr<LinkObserver> observer = observer_.lock();
  for (const v1::Event& event : events) {
    const std::string id = operation_->request.id();
    const bool last = IsFinal(event);
    if (last) Forget();
    if (observer != nullptr) observer->OperationEvent(id, event);
    if (last) return;
  }
}

void BrokerLink::Lose(uint32_t win32_code, absl::string_view why) {
  const std::string id = operation_->request.id();
  Forget();
  if (const std::shared_ptr<LinkObserver> observer = observer_.lock(); observer != nullptr) {
    observer->OperationLost(id, win32_code, why);
  }
}

void BrokerLink::Forget() {
  session_->Untrack(operation_->request.id());
  operation_.reset();
}

void BrokerLink::Note(resapi::LOG_LEVEL level, absl::string_view text) {
  if (const std::shared_ptr<LinkObserver> observer = observer_.lock(); observer != nullptr && !closing_) {
    observer->Note(level, text);
  }
}

// --- Timers ---

void BrokerLink::Expire(SteadyTime now) {
  if (operation_.has_value() && !Confirmed(*operation_) &&
      now >= operation_->unconfirmed_since + operation_->reconnect_timeout) {
    const BrokerSession::Fault fault = session_->fault();
    Lose(fault.win32_code == 0 ? win32::kServiceNotActive : fault.win32_code,
         absl::StrCat("the broker could not be reached for ", operation_->reconnect_timeout.count(), " ms",
                      fault.why.empty() ? "" : ": ", fault.why));
  }
  if (terminate_.has_value() && now >= terminate_->expires) terminate_.reset();
  if (closing_ && now >= close_expires_) opened_once_ = false;
}

SteadyTime BrokerLink::Due(SteadyTime now) const {
  SteadyTime due = kNever;
  if (finished_) return due;
  if (attachment_.has_value() && !busy_ && now < retry_at_) due = retry_at_;
  if (operation_.has_value() && !Confirmed(*operation_)) {
    due = std::min(due, operation_->unconfirmed_since + operation_->reconnect_timeout);
  }
  if (terminate_.has_value()) due = std::min(due, terminate_->expires);
  if (closing_ && opened_once_) due = std::min(due, close_expires_);
  return due;
}

SteadyTime BrokerLink::Run(SteadyTime now) {
  {
    absl::MutexLock lock(&mutex_);
    Expire(now);
  }
  Proceed();
  absl::MutexLock lock(&mutex_);
  return Due(Now());
}

}  // namespace resource_broker::bridge
