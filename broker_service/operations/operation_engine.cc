#include "broker_service/operations/operation_engine.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "broker_service/log.h"
#include "broker_service/sha256.h"
#include "broker_service/text.h"
#include "resource_broker/v1/win32_codes.h"

namespace resource_broker::broker {

namespace {

constexpr size_t kHashDigits = 16;

// What the log says of an InBuffer: whether two are the same can be seen, but not what is in them.
std::string DescribeInBuffer(const v1::OperationRequest& request) {
  if (!request.has_in_buffer() || !LogEnabled(LogLevel::kInfo)) return std::string();
  Sha256 hash;
  hash.Add(request.in_buffer());
  return absl::StrCat(" InBuffer ", request.in_buffer().size(),
                      " bytes sha256=", Hex(hash.Finish()).substr(0, kHashDigits));
}

}  // namespace

std::shared_ptr<OperationEngine> OperationEngine::Create(const EngineOptions& options, const EngineParts& parts) {
  return std::shared_ptr<OperationEngine>(new OperationEngine(options, parts));
}

Timers::Id OperationEngine::Later(absl::Duration delay, std::function<void(OperationEngine*)> task) {
  return parts_.timers->After(delay, [weak = weak_from_this(), task = std::move(task)] {
    if (const auto engine = weak.lock()) task(engine.get());
  });
}

Resource* OperationEngine::ResourceOf(const Operation& operation) {
  return resources_.Find(operation.request->resource());
}

absl::StatusOr<ResourceView> OperationEngine::OpenResource(ResourceSpec spec, const std::string& session,
                                                           std::shared_ptr<SessionListener> listener) {
  Turn turn(this);
  absl::StatusOr<Resource*> opened = resources_.Open(spec.resource);
  if (!opened.ok()) return opened.status();
  Resource* resource = *opened;
  if (resource->spec.module != spec.module && !resource->spec.module.empty()) {
    // Another module serves it from now on.
    out_.Push([gateway = parts_.gateway, module = resource->spec.module, name = spec.resource] {
      gateway->CloseResource(module, name);
    });
    resource->health.reset();
    resource->locked = false;
  }
  resource->spec = spec;
  resource->session_id = session;
  resource->listener = std::move(listener);
  resource->close_at_module = false;
  out_.Push([gateway = parts_.gateway, spec = std::move(spec)] { gateway->OpenResource(spec); });
  return ResourceView{resource->StateNow(), resource->health, resource->Locked()};
}

absl::Status OperationEngine::Admit(const v1::OperationRequest& request, Operation** operation) {
  *operation = nullptr;
  const auto known = operations_.find(request.id());
  if (known != operations_.end()) {
    *operation = known->second.get();
    return absl::OkStatus();
  }
  const Resource* resource = resources_.Find(request.resource());
  if (resource == nullptr || !resource->open) {
    return absl::NotFoundError(absl::StrCat("operation.resource: \"", request.resource(), "\" is not open"));
  }
  // What brings a resource back may not be refused because others wait; its own share of places bounds it.
  const bool returning = DecodeFlags(request.kind(), request.flags(), options_.windows_build).returning_to_source;
  const size_t limit = size_t{options_.max_pending_operations} * (returning ? 2 : 1);
  if (operations_.size() >= limit) {
    return absl::ResourceExhaustedError(
        absl::StrCat("limits.max_pending_operations: ", operations_.size(), " operations are queued or running"));
  }
  return absl::OkStatus();
}

Operation* OperationEngine::Add(std::shared_ptr<const v1::OperationRequest> request, uint64_t known_events,
                                Resource* resource) {
  auto owned =
      std::make_unique<Operation>(std::move(request), options_.windows_build, known_events, parts_.clock->Monotonic());
  Operation* operation = owned.get();
  operations_.emplace(operation->id, std::move(owned));
  if (parts_.metrics != nullptr) operation->metrics = parts_.metrics->OfModule(operation->request->module());
  auto& line = resource->line;
  if (operation->flags.returning_to_source) {
    // Before all that have not begun, behind others that are on their way back.
    const auto place = std::find_if(line.begin(), line.end(), [](const Operation* other) {
      return other->phase == Operation::Phase::kWaiting && !other->flags.returning_to_source;
    });
    line.insert(place, operation);
  } else {
    line.push_back(operation);
  }
  const OperationFlags& flags = operation->flags;
  const uint32_t new_bits = (flags.unknown_bits | flags.unsupported_bits) & ~strange_bits_seen_;
  if (new_bits != 0) {
    strange_bits_seen_ |= new_bits;
    LogWarning(LogOp(operation->id),
               absl::StrFormat(" flag bits 0x%x are not known or not of this Windows; carried to the module, no more",
                               new_bits));
  }
  return operation;
}

void OperationEngine::Start(std::shared_ptr<const v1::OperationRequest> request, uint64_t last_sequence,
                            std::shared_ptr<SessionListener> listener, StartDone done) {
  // Asked before the lock is taken: it may read the manifest.
  const bool may_run = last_sequence == 0 || parts_.gateway->IsIdempotent(request->module());
  const std::string in_buffer = DescribeInBuffer(*request);
  // What the bridge has seen events of is either under way or has ended. Of a new one the journal will tell.
  if (last_sequence != 0 && !UnderWay(request->id()) && AnswerEnded(request->id(), last_sequence, done)) return;
  Turn turn(this);
  Operation* operation = nullptr;
  absl::Status status = handing_over_ ? absl::UnavailableError(kUpgrading) : Admit(*request, &operation);
  if (status.ok() && operation != nullptr) {
    status = Resume(*request, operation, last_sequence, std::move(listener), done);
    if (status.ok()) return;
  }
  if (!status.ok()) {
    // One that has ended needs neither a place nor an open resource to be answered.
    out_.Push([self = shared_from_this(), id = request->id(), known = operation != nullptr, last_sequence,
               done = std::move(done), status = std::move(status)] {
      if (known || !self->AnswerEnded(id, last_sequence, done)) done(status);
    });
    return;
  }
  Resource* resource = resources_.Find(request->resource());
  operation = Add(std::move(request), last_sequence, resource);
  operation->listener = std::move(listener);
  operation->starters.push_back({last_sequence, std::move(done)});
  const v1::OperationRequest& asked = *operation->request;
  LogInfo(LogOp(operation->id), " ", v1::OperationKind_Name(asked.kind()), " of ", LogResource(asked.resource()), " ",
          LogModule(asked.module()), absl::StrFormat(" flags 0x%x", asked.flags()), in_buffer,
          last_sequence == 0 ? "" : " (resumed)");
  if (!may_run) {
    Finish(operation, resource,
           {v1::FAILED, v1::RESOURCE_FAILED, win32::kProcessAborted, 0, 0,
            "an earlier broker had accepted it, and what became of it is not known"});
    return;
  }
  if (last_sequence == 0) AddEvent(operation, v1::ACCEPTED, "");
  Schedule(resource);
  // One that waits in silence is told so, or a resumed one would have nothing to be saved and answered.
  if (operation->events.empty()) AddEvent(operation, v1::QUEUED, "waits for its turn");
}

absl::Status OperationEngine::Resume(const v1::OperationRequest& request, Operation* operation, uint64_t last_sequence,
                                     std::shared_ptr<SessionListener> listener, StartDone& done) {
  if (request.resource() != operation->request->resource() || request.kind() != operation->request->kind()) {
    return absl::InvalidArgumentError("operation.id: is another operation's");
  }
  if (last_sequence > operation->LastSequence()) {
    return absl::InvalidArgumentError(
        absl::StrCat("last_sequence: ", last_sequence, ", but the last event is ", operation->LastSequence()));
  }
  operation->listener = std::move(listener);
  if (operation->saved == 0) {
    operation->starters.push_back({last_sequence, std::move(done)});
    return absl::OkStatus();
  }
  out_.Push([done = std::move(done), events = operation->SavedAfter(last_sequence)] { done(events); });
  return absl::OkStatus();
}

bool OperationEngine::UnderWay(const std::string& operation_id) {
  absl::MutexLock lock(&mu_);
  return operations_.contains(operation_id);
}

bool OperationEngine::AnswerEnded(const std::string& id, uint64_t last_sequence, const StartDone& done) {
  absl::StatusOr<v1::OperationRecord> record = parts_.journal->Find(id);
  if (absl::IsNotFound(record.status())) return false;
  if (!record.ok()) {
    done(absl::UnavailableError(record.status().message()));
    return true;
  }
  // It ends just now: whoever asks again will find it so.
  if (record->events().empty() || !IsFinal(record->events().rbegin()->kind())) return false;
  std::vector<v1::Event> events;
  for (v1::Event& event : *record->mutable_events()) {
    if (event.sequence() > last_sequence) events.push_back(std::move(event));
  }
  done(std::move(events));
  return true;
}

std::optional<OperationEngine::OpenResourceView> OperationEngine::FindOpen(const std::string& resource) {
  absl::MutexLock lock(&mu_);
  const Resource* found = resources_.Find(resource);
  if (found == nullptr || !found->open) return std::nullopt;
  return OpenResourceView{found->session_id, found->spec.module, found->spec.resource_type};
}

}  // namespace resource_broker::broker
