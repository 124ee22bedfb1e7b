// Locks, by modules and by administrators, and what else modules tell unasked.
#include <utility>

#include "absl/strings/str_cat.h"
#include "broker_service/log.h"
#include "broker_service/operations/operation_engine.h"

namespace resource_broker::broker {
namespace {

// FAILURE_TYPE of resapi.h: FAILURE_TYPE_NETWORK_LOSS.
constexpr uint32_t kNetworkLoss = 2;

}  // namespace

void OperationEngine::TellLock(Resource* resource, std::string message) {
  if (resource->listener != nullptr) {
    v1::SessionEvent told;
    told.mutable_lock()->set_resource(resource->spec.resource);
    told.mutable_lock()->set_locked(resource->Locked());
    told.mutable_lock()->set_reason(resource->locked ? resource->lock_reason : 0);
    told.mutable_lock()->set_message(std::move(message));
    out_.Push([listener = resource->listener, told = std::move(told)] { listener->Deliver(told); });
  }
  if (resource->Locked()) return;
  // What waited because of the lock need not wait for its next try.
  for (Operation* operation : resource->line) {
    if (!operation->backing_off) continue;
    operation->backing_off = false;
    parts_.timers->Cancel(std::exchange(operation->retry_timer, 0));
  }
  Schedule(resource);
}

void OperationEngine::SetAdminLock(const std::string& resource, bool locked, const std::string& reason,
                                   std::function<void(absl::Status)> done) {
  Turn turn(this);
  Resource* found = resources_.Find(resource);
  if (found == nullptr) {
    out_.Push([done = std::move(done), resource] {
      done(absl::NotFoundError(absl::StrCat("resource: \"", resource, "\" is not known to this broker")));
    });
    return;
  }
  ++found->admin_lock_writes;
  ResourceRecord record;
  record.resource = resource;
  record.locked = locked;
  if (locked) record.lock_reason = reason;
  out_.Push([journal = parts_.journal, record = std::move(record), done = std::move(done), weak = weak_from_this()] {
    journal->SaveLock(record, [record, done, weak](const absl::Status& status) {
      if (const auto engine = weak.lock()) engine->OnAdminLockSaved(record, status);
      done(status);
    });
  });
}

void OperationEngine::OnAdminLockSaved(const ResourceRecord& record, const absl::Status& status) {
  Turn turn(this);
  // It is not forgotten while that is written.
  Resource* resource = resources_.Find(record.resource);
  --resource->admin_lock_writes;
  if (!status.ok()) return;
  resource->admin_locked = record.locked;
  resource->admin_lock_reason = record.lock_reason;
  std::string message = record.locked ? absl::StrCat("locked by an administrator: ", record.lock_reason)
                                      : std::string("unlocked by an administrator");
  LogInfo(LogResource(record.resource), " ", message);
  TellLock(resource, std::move(message));
}

// During an operation with IGNORE_NETWORK_CONNECTIVITY the loss of a network is no failure.
bool OperationEngine::HoldsBack(const Resource& resource, const v1::ModuleNotification::Failure& failure) const {
  if (failure.failure_type() != kNetworkLoss || resource.line.empty()) return false;
  const Operation& first = *resource.line.front();
  return first.phase != Operation::Phase::kWaiting && first.flags.ignore_network;
}

void OperationEngine::OnNotification(const std::string& module, const v1::ModuleNotification& notification) {
  Turn turn(this);
  Resource* resource = resources_.Find(notification.resource());
  // A module speaks for its own resources only.
  if (resource == nullptr || resource->spec.module != module) return;
  v1::SessionEvent told;
  switch (notification.notification_case()) {
    case v1::ModuleNotification::kHealth:
      if (resource->health == notification.health()) return;
      resource->health = notification.health();
      told.mutable_health()->set_resource(notification.resource());
      told.mutable_health()->set_health(notification.health());
      told.mutable_health()->set_message(notification.message());
      break;
    case v1::ModuleNotification::kLock: {
      const v1::ModuleNotification::Lock& lock = notification.lock();
      if (resource->locked == lock.locked() && resource->lock_reason == lock.reason()) return;
      resource->locked = lock.locked();
      resource->lock_reason = lock.reason();
      TellLock(resource, notification.message());
      return;
    }
    case v1::ModuleNotification::kFailure:
      if (HoldsBack(*resource, notification.failure())) {
        LogWarning(LogOp(resource->line.front()->id), " ", LogResource(notification.resource()),
                   ": network loss is ignored, as its operation's flags say");
        return;
      }
      told.mutable_failure()->set_resource(notification.resource());
      told.mutable_failure()->set_failure_type(notification.failure().failure_type());
      told.mutable_failure()->set_application_error(notification.failure().application_error());
      told.mutable_failure()->set_message(notification.message());
      break;
    case v1::ModuleNotification::NOTIFICATION_NOT_SET:
      return;
  }
  if (resource->listener != nullptr) {
    out_.Push([listener = resource->listener, told = std::move(told)] { listener->Deliver(told); });
  }
}

void OperationEngine::OnModuleLost(const std::string& module, const std::vector<std::string>& resources) {
  std::vector<std::string> locked;
  {
    absl::MutexLock lock(&mu_);
    for (const std::string& name : resources) {
      Resource* resource = resources_.Find(name);
      if (resource == nullptr || resource->spec.module != module) continue;
      resource->health.reset();
      if (resource->locked) locked.push_back(name);
    }
  }
  for (const std::string& name : locked) {
    v1::ModuleNotification unlocked;
    unlocked.set_resource(name);
    unlocked.mutable_lock()->set_locked(false);
    unlocked.set_message("the module that had locked it is gone");
    OnNotification(module, unlocked);
  }
}

}  // namespace resource_broker::broker
