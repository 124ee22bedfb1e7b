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

ToldStates::Told ToldStates::Find(const std::string& resource, const std::string& version) const {
  const auto resources = versions_.find(version);
  if (resources == versions_.end()) return {};
  const auto found = resources->second.find(resource);
  return found == resources->second.end() ? Told() : found->second;
}

std::vector<v1::ModuleNotification> ToldStates::Of(const std::string& resource, const std::string& version) const {
  const Told told = Find(resource, version);
  std::vector<v1::ModuleNotification> notifications;
  if (told.lock.has_value()) notifications.push_back(*told.lock);
  if (told.dead.has_value()) notifications.push_back(*told.dead);
  return notifications;
}

void ToldStates::ForgetResource(const std::string& resource) {
  for (auto& [version, resources] : versions_) resources.erase(resource);
}

}  // namespace resource_broker::broker
