#include "broker_service/modules/told_states.h"

namespace resource_broker::broker {
namespace {

// Of one version. A module that makes up more has them told only while it serves them.
constexpr size_t kMaxResources = 100000;

}  // namespace

void ToldStates::Note(const std::string& version, const v1::ModuleNotification& notification) {
  const bool lock = notification.has_lock();
  if (!lock && notification.notification_case() != v1::ModuleNotification::kHealth) return;
  const bool differs = lock ? notification.lock().locked() : notification.health() == v1::DEAD;
  auto& resources = versions_[version];
  auto found = resources.find(notification.resource());
  if (found == resources.end()) {
    if (!differs || resources.size() >= kMaxResources) return;
    found = resources.try_emplace(notification.resource()).first;
  }
  std::optional<v1::ModuleNotification>& kept = lock ? found->second.lock : found->second.dead;
  kept = differs ? std::optional(notification) : std::nullopt;
  if (!found->second.lock.has_value() && !found->second.dead.has_value()) resources.erase(found);
}

const ToldStates::Told* ToldStates::Find(const std::string& version, const std::string& resource) const {
  const auto resources = versions_.find(version);
  if (resources == versions_.end()) return nullptr;
  const auto found = resources->second.find(resource);
  return found == resources->second.end() ? nullptr : &found->second;
}

std::vector<v1::ModuleNotification> ToldStates::Change(const std::string& resource, const std::string& from,
                                                       const std::string& to) const {
  std::vector<v1::ModuleNotification> changes;
  if (from == to) return changes;
  const Told* before = Find(from, resource);
  const Told* now = Find(to, resource);
  v1::ModuleNotification change;
  change.set_resource(resource);
  change.set_message("another version of its module serves it");
  if (now != nullptr && now->lock.has_value()) {
    changes.push_back(*now->lock);
  } else if (before != nullptr && before->lock.has_value()) {
    change.mutable_lock()->set_locked(false);
    changes.push_back(change);
  }
  if (now != nullptr && now->dead.has_value()) {
    changes.push_back(*now->dead);
  } else if (before != nullptr && before->dead.has_value()) {
    change.set_health(v1::ALIVE);
    changes.push_back(change);
  }
  return changes;
}

void ToldStates::ForgetResource(const std::string& resource) {
  for (auto& [version, resources] : versions_) resources.erase(resource);
}

}  // namespace resource_broker::broker
