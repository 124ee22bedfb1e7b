// What Host does of its own accord as time goes by.
#include <algorithm>
#include <utility>

#include "clients/rhs_host/host.h"
#include "clients/rhs_host/host_resource.h"

namespace resource_broker::rhs_host {

void Host::Watch() {
  absl::MutexLock lock(&mutex_);
  while (!ending_) {
    absl::Duration next = absl::InfiniteDuration();
    const absl::Duration now = timeline_->Elapsed();
    std::vector<std::string> looks;
    std::vector<std::string> alive;
    for (const auto& [name, resource] : resources_) {
      if (!resource->rules || resource->closing) continue;
      next = std::min(next, NextPoll(resource.get(), now, &looks, &alive));
      const std::optional<absl::Duration> deadline = resource->rules->deadline();
      if (!deadline) continue;
      if (*deadline <= now) {
        Judge(resource.get(), [](ResourceRules* rules) { return rules->PendingTimeoutPassed(); });
      } else {
        next = std::min(next, *deadline - now);
      }
    }
    if (!looks.empty() || !alive.empty()) {
      mutex_.Unlock();
      for (const std::string& name : looks) PollLooksAlive(name);
      for (const std::string& name : alive) IsAlive(name, {}).IgnoreError();
      mutex_.Lock();
      continue;
    }
    changed_.WaitWithTimeout(&mutex_, next);
  }
}

absl::Duration Host::NextPoll(Resource* resource, absl::Duration now, std::vector<std::string>* looks,
                              std::vector<std::string>* alive) {
  const bool online = resource->rules->state() == resapi::ClusterResourceOnline;
  absl::Duration next = absl::InfiniteDuration();
  const auto poll = [&](absl::Duration interval, absl::Duration* due, std::vector<std::string>* calls) {
    if (interval == absl::ZeroDuration() || !online) {
      *due = now + interval;
      return;
    }
    if (*due <= now) {
      calls->push_back(resource->name);
      *due = now + interval;
    }
    next = std::min(next, *due - now);
  };
  // A resource that signals its failure by an event is not asked how it looks.
  poll(resource->has_event ? absl::ZeroDuration() : options_.looks_alive_interval, &resource->looks_due, looks);
  poll(options_.is_alive_interval, &resource->alive_due, alive);
  return next;
}

void Host::PollLooksAlive(const std::string& resource) {
  absl::StatusOr<HostCallPtr> call =
      Queue(resource, {}, /*urgent=*/false, [this](Resource* target, EntryPoints* calls, resapi::RESID id) {
        CallResult result = calls->LooksAlive(target->name, id);
        if (!result.exception.empty() || result.code != 0) return result;
        return RunIsAlive(target, calls, id);
      });
  call.IgnoreError();  // closed meanwhile
}

}  // namespace resource_broker::rhs_host
