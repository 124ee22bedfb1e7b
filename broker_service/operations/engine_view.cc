// What is shown of resources and operations.
#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "broker_service/operations/operation_engine.h"

namespace resource_broker::broker {
namespace {

v1::ResourceStatus StatusOf(const std::string& name, const Resource& resource) {
  v1::ResourceStatus status;
  status.set_resource(name);
  status.set_resource_type(resource.spec.resource_type);
  status.set_module(resource.spec.module);
  status.set_state(resource.StateNow());
  if (resource.health.has_value()) status.set_health(*resource.health);
  status.set_locked(resource.Locked());
  status.set_open(resource.open);
  status.set_intended_state(resource.intended_state);
  status.set_locked_by_administrator(resource.admin_locked);
  status.set_lock_reason(resource.admin_lock_reason);
  return status;
}

bool Fits(const ResourceFilter& filter, const std::string& name, const Resource& resource) {
  return name > filter.after && (filter.module.empty() || filter.module == resource.spec.module) &&
         (!filter.locked_only || resource.Locked()) &&
         (filter.states.empty() || filter.states.count(resource.StateNow()) > 0);
}

// A node or a module may be named by a peer: shown are the first so many.
constexpr int kMaxLines = 1000;

using Lines = std::map<std::string, v1::QueueStatus::Line>;

void Count(Operation::Phase phase, v1::QueueStatus::Line* line) {
  if (phase == Operation::Phase::kWaiting) {
    line->set_waiting(line->waiting() + 1);
  } else {
    line->set_running(line->running() + 1);
  }
}

void Show(Lines lines, google::protobuf::RepeatedPtrField<v1::QueueStatus::Line>* shown) {
  for (auto& [name, line] : lines) {
    if (shown->size() == kMaxLines) return;
    line.set_name(name);
    *shown->Add() = std::move(line);
  }
}

}  // namespace

std::vector<v1::ResourceStatus> OperationEngine::Resources(const ResourceFilter& filter) {
  absl::MutexLock lock(&mu_);
  std::vector<std::pair<const std::string*, const Resource*>> found;
  resources_.ForEach([&](const std::string& name, const Resource& resource) {
    if (Fits(filter, name, resource)) found.emplace_back(&name, &resource);
  });
  const size_t shown = std::min(filter.limit, found.size());
  std::partial_sort(found.begin(), found.begin() + static_cast<ptrdiff_t>(shown), found.end(),
                    [](const auto& a, const auto& b) { return *a.first < *b.first; });
  std::vector<v1::ResourceStatus> statuses;
  statuses.reserve(shown);
  for (size_t i = 0; i < shown; ++i) statuses.push_back(StatusOf(*found[i].first, *found[i].second));
  return statuses;
}

std::optional<v1::ResourceStatus> OperationEngine::FindKnown(const std::string& resource) {
  absl::MutexLock lock(&mu_);
  const Resource* found = resources_.Find(resource);
  if (found == nullptr) return std::nullopt;
  return StatusOf(resource, *found);
}

ResourceCounts OperationEngine::CountResources() {
  absl::MutexLock lock(&mu_);
  return {static_cast<uint32_t>(resources_.size()), resources_.open()};
}

std::map<std::string, uint32_t> OperationEngine::OpenResourcesBySession() {
  std::map<std::string, uint32_t> open;
  absl::MutexLock lock(&mu_);
  resources_.ForEach([&open](const std::string& name, const Resource& resource) {
    if (resource.open) ++open[resource.session_id];
  });
  return open;
}

OperationCounts OperationEngine::Counts() {
  OperationCounts counts;
  counts.ended = parts_.journal->EndedCount();
  absl::MutexLock lock(&mu_);
  for (const auto& [id, operation] : operations_) {
    switch (operation->phase) {
      case Operation::Phase::kWaiting:
        ++counts.queued;
        break;
      case Operation::Phase::kRunning:
      case Operation::Phase::kRestoring:
        ++counts.running;
        break;
      case Operation::Phase::kEnded:  // the journal counts it, or will in a moment
        break;
    }
  }
  return counts;
}

PauseRecord OperationEngine::Pause() {
  absl::MutexLock lock(&mu_);
  return pause_;
}

v1::QueueStatus OperationEngine::Queue() {
  v1::QueueStatus status;
  Lines modules, destinations;
  absl::MutexLock lock(&mu_);
  for (const auto& [id, operation] : operations_) {
    const Operation::Phase phase = operation->phase;
    if (phase == Operation::Phase::kEnded) continue;
    if (phase == Operation::Phase::kWaiting) {
      status.set_queued(status.queued() + 1);
    } else {
      status.set_running(status.running() + 1);
    }
    Count(phase, &modules[operation->request->module()]);
    const std::string& destination = operation->request->destination_node();
    if (!destination.empty()) Count(phase, &destinations[absl::AsciiStrToLower(destination)]);
  }
  Show(std::move(modules), status.mutable_modules());
  Show(std::move(destinations), status.mutable_destinations());
  status.set_paused(pause_.paused);
  status.set_pause_reason(pause_.reason);
  status.set_paused_unix_us(pause_.since_unix_us);
  const ThrottleLimits& limits = throttles_.limits();
  status.mutable_limits()->set_max_running_operations(limits.all);
  status.mutable_limits()->set_max_running_per_module(limits.per_module);
  status.mutable_limits()->set_max_running_per_destination(limits.per_destination);
  status.set_limits_overridden(!(limits == configured_limits_));
  return status;
}

}  // namespace resource_broker::broker
