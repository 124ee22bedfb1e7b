// Early ends.
#include <utility>

#include "absl/strings/str_cat.h"
#include "broker_service/log.h"
#include "broker_service/operations/operation_engine.h"
#include "broker_service/text.h"
#include "resource_broker/v1/win32_codes.h"

namespace resource_broker::broker {

absl::Status OperationEngine::Cancel(const std::string& operation_id, uint32_t flags) {
  if (!UnderWay(operation_id)) return parts_.journal->Find(operation_id).status();
  Turn turn(this);
  if (handing_over_) return absl::UnavailableError(kUpgrading);
  const auto found = operations_.find(operation_id);
  if (found == operations_.end()) return absl::OkStatus();  // it ended just now
  if (found->second->phase != Operation::Phase::kEnded) CancelLocked(found->second.get(), flags);
  return absl::OkStatus();
}

void OperationEngine::CancelLocked(Operation* operation, uint32_t flags) {
  if (operation->cancel_requested) return;
  operation->cancel_requested = true;
  LogInfo(LogOp(operation->id), " cancel requested");
  AddEvent(operation, v1::CANCEL_REQUESTED, "");
  // The way back from a failure is not cancelled: it would leave the resource nowhere.
  if (operation->phase == Operation::Phase::kRestoring) return;
  if (operation->WithModule()) {
    out_.Push([gateway = parts_.gateway, module = operation->request->module(), id = operation->id, flags] {
      gateway->Cancel(module, id, flags);
    });
    return;
  }
  Resource* resource = ResourceOf(*operation);
  const bool held_a_place = operation->phase == Operation::Phase::kRunning;
  const bool offline = operation->request->kind() == v1::OFFLINE;
  Finish(operation, resource,
         {v1::CANCELLED, offline ? v1::RESOURCE_ONLINE : resource->state, win32::kCancelled, 0, 0,
          "cancelled before a module had it"});
  if (held_a_place) ReleaseRun(resource);
  Schedule(resource);
}

void OperationEngine::Terminate(const std::string& resource, const std::string& reason, std::function<void()> done) {
  Turn turn(this);
  Resource* found = resources_.Find(resource);
  if (found == nullptr) {
    out_.Push(std::move(done));
    return;
  }
  TerminateLocked(found, reason, std::move(done));
}

void OperationEngine::TerminateLocked(Resource* resource, const std::string& reason, std::function<void()> done) {
  if (resource->line.empty()) LogInfo(LogResource(resource->spec.resource), " is terminated: ", reason);
  ++resource->terminating;
  resource->when_idle.push_back(std::move(done));
  const std::deque<Operation*> line = resource->line;  // Finish changes it
  for (Operation* operation : line) {
    if (operation->terminate_requested) continue;
    operation->terminate_requested = true;
    LogInfo(LogOp(operation->id), " ", LogResource(resource->spec.resource), " is terminated: ", reason);
    AddEvent(operation, v1::TERMINATE_REQUESTED, reason);
    if (operation->WithModule()) {
      operation->terminate_timer = Later(options_.module_terminate, [id = operation->id](OperationEngine* engine) {
        Turn turn(engine);
        const auto found = engine->operations_.find(id);
        if (found == engine->operations_.end() || found->second->phase == Operation::Phase::kEnded) return;
        // The module has not let go of it: the resource stays taken until it does.
        engine->Finish(found->second.get(), engine->ResourceOf(*found->second),
                       {v1::TERMINATED, v1::RESOURCE_FAILED, win32::kOperationAborted, 0, 0,
                        "the module did not confirm that it has ended"});
      });
      continue;
    }
    const bool held_a_place = operation->phase != Operation::Phase::kWaiting;
    const bool offline = operation->request->kind() == v1::OFFLINE;
    Finish(operation, resource,
           {v1::TERMINATED, offline ? v1::RESOURCE_ONLINE : resource->state, win32::kOperationAborted, 0, 0,
            "terminated before a module had it"});
    if (held_a_place) ReleaseRun(resource);
  }
  out_.Push([gateway = parts_.gateway, module = resource->spec.module, name = resource->spec.resource, reason,
             limit = options_.module_terminate, weak = weak_from_this()] {
    gateway->Terminate(module, name, reason, limit, [weak, name](const absl::Status& status) {
      if (const auto engine = weak.lock()) engine->OnTerminated(name, status);
    });
  });
}

void OperationEngine::OnTerminated(const std::string& resource, const absl::Status& status) {
  Turn turn(this);
  Resource* found = resources_.Find(resource);
  if (found == nullptr) return;
  if (status.ok()) {
    found->state = v1::RESOURCE_OFFLINE;
  } else {
    LogWarning(LogResource(resource), ": its module did not confirm the terminate: ", status.ToString());
    found->state = v1::RESOURCE_FAILED;
  }
  SaveState(*found);
  --found->terminating;
  TellIdle(found);
  TellModulesIdle();
  Schedule(found);
}

// Those who wait for a terminate wait for the operations of before, not for one that came since.
void OperationEngine::TellIdle(Resource* resource) {
  if (resource->terminating > 0) return;
  for (const Operation* operation : resource->line) {
    if (operation->terminate_requested) return;
  }
  for (auto& done : resource->when_idle) out_.Push(std::move(done));
  resource->when_idle.clear();
  CloseAtModule(resource);
}

void OperationEngine::CloseAtModule(Resource* resource) {
  if (!resource->close_at_module || !resource->Idle()) return;
  resource->close_at_module = false;
  out_.Push([gateway = parts_.gateway, module = resource->spec.module, name = resource->spec.resource] {
    gateway->CloseResource(module, name);
  });
}

void OperationEngine::CloseResource(const std::string& resource, const std::string& session,
                                    std::function<void()> done) {
  Turn turn(this);
  Resource* found = resources_.Find(resource);
  if (found == nullptr || !found->open || found->session_id != session) {
    out_.Push(std::move(done));
    return;
  }
  found->close_at_module = true;
  if (found->line.empty()) {
    CloseAtModule(found);
    out_.Push(std::move(done));
  } else {
    TerminateLocked(found, "Close", std::move(done));
  }
  // Last: it may forget the entry.
  resources_.MarkClosed(found);
}

void OperationEngine::CloseSession(const std::string& session) {
  Turn turn(this);
  std::vector<Resource*> closed;
  resources_.ForEach([&](const std::string& name, Resource& resource) {
    if (resource.open && resource.session_id == session) closed.push_back(&resource);
  });
  for (Resource* resource : closed) {
    resource->close_at_module = true;
    CloseAtModule(resource);
    // Last: it may forget the entry.
    resources_.MarkClosed(resource);
  }
}

}  // namespace resource_broker::broker
