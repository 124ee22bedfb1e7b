// What a broker before this one left behind.
#include <algorithm>
#include <utility>

#include "broker_service/faults/faults.h"
#include "broker_service/log.h"
#include "broker_service/operations/operation_engine.h"
#include "broker_service/text.h"

namespace resource_broker::broker {
namespace {

// Whether a module may have begun to work on it: RUNNING came after the last QUEUED.
bool MayHaveBegun(const std::vector<v1::Event>& events) {
  bool begun = false;
  for (const v1::Event& event : events) {
    if (event.kind() == v1::RUNNING) begun = true;
    if (event.kind() == v1::QUEUED) begun = false;
  }
  return begun;
}

// The event with which it began to be brought back, if that was the last thing that was begun; else null.
const v1::Event* RestoreBegun(const std::vector<v1::Event>& events) {
  const v1::Event* begun = nullptr;
  for (const v1::Event& event : events) {
    if (event.has_restore_cause()) begun = &event;
    if (event.kind() == v1::RUNNING) begun = nullptr;
  }
  return begun;
}

bool Has(const std::vector<v1::Event>& events, v1::EventKind kind) {
  return std::any_of(events.begin(), events.end(), [kind](const v1::Event& event) { return event.kind() == kind; });
}

}  // namespace

absl::Status OperationEngine::RecoverResources(const std::vector<ResourceRecord>& records) {
  for (const ResourceRecord& record : records) {
    absl::StatusOr<Resource*> opened = resources_.Open(record.resource);
    if (!opened.ok()) return opened.status();
    Resource* resource = *opened;
    resource->spec.resource = record.resource;
    if (record.state != v1::RESOURCE_STATE_UNSPECIFIED) resource->state = record.state;
    resource->intended_state = record.intended_state;
    resource->admin_locked = record.locked;
    resource->admin_lock_reason = record.lock_reason;
    // Nobody has it open yet.
    resources_.MarkClosed(resource);
  }
  return absl::OkStatus();
}

absl::Status OperationEngine::Recover() {
  if (absl::Status status = BeforeFaultPoint(FaultPoint::kRecoverLoad); !status.ok()) return status;
  absl::StatusOr<JournalContents> contents = parts_.journal->Load();
  if (!contents.ok()) return contents.status();
  AfterFaultPoint(FaultPoint::kRecoverLoad);
  std::vector<bool> may_repeat;
  for (const JournaledOperation& kept : contents->pending) {
    // It may read the manifest: not under the lock.
    may_repeat.push_back(MayHaveBegun(kept.events) && parts_.gateway->IsIdempotent(kept.request->module()));
  }
  Turn turn(this);
  if (absl::Status status = RecoverResources(contents->resources); !status.ok()) return status;
  pause_ = contents->pause;
  if (pause_.paused) LogInfo(PauseMessage());
  std::vector<Resource*> touched;
  std::vector<Resource*> terminated;
  for (size_t i = 0; i < contents->pending.size(); ++i) {
    JournaledOperation& kept = contents->pending[i];
    // Nobody has it open yet; the entry is there so that it has its place in line.
    absl::StatusOr<Resource*> resource = resources_.Open(kept.request->resource());
    if (!resource.ok()) return resource.status();
    ResourceSpec& spec = (*resource)->spec;
    spec.resource = kept.request->resource();
    spec.resource_type = kept.request->resource_type();
    spec.module = kept.request->module();
    spec.properties = kept.request->properties();
    resources_.MarkClosed(*resource);
    const bool begun = MayHaveBegun(kept.events);
    Operation* operation = Add(kept.request, kept.events.front().sequence() - 1, *resource);
    operation->attempt = kept.events.back().attempt();
    operation->module_step = kept.module_step;
    operation->cancel_requested = Has(kept.events, v1::CANCEL_REQUESTED);
    if (Has(kept.events, v1::TERMINATE_REQUESTED)) terminated.push_back(*resource);
    operation->events = std::move(kept.events);
    operation->saved = operation->events.size();
    LogInfo(LogOp(operation->id), " is taken over from the broker before");
    touched.push_back(*resource);
    if (!begun) continue;
    if (const v1::Event* restore = RestoreBegun(operation->events)) {
      ResumeRestore(operation, *resource, *restore);
      continue;
    }
    ResumeRun(operation, *resource, may_repeat[i]);
    if (!operation->cancel_requested) continue;
    out_.Push([gateway = parts_.gateway, module = operation->request->module(), id = operation->id] {
      gateway->Cancel(module, id, 0);
    });
  }
  // Whether the module was told, nobody knows.
  for (Resource* resource : terminated) TerminateLocked(resource, "a terminate of before the broker's restart", [] {});
  for (Resource* resource : touched) Schedule(resource);
  return absl::OkStatus();
}

}  // namespace resource_broker::broker
