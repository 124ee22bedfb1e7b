#include "broker_service/modules/resource_routes.h"

#include <algorithm>
#include <utility>

namespace resource_broker::broker {
namespace {

// At once, of those that nobody waits for.
constexpr uint32_t kMaxMoves = 32;

}  // namespace

void ResourceRoutes::Run(const Tasks& tasks) {
  for (const auto& task : tasks) task();
}

ResourceRoutes::EntryPtr ResourceRoutes::Find(const std::string& resource) const {
  const auto found = entries_.find(resource);
  return found == entries_.end() ? nullptr : found->second;
}

bool ResourceRoutes::InPlace(const Entry& entry) const {
  return entry.earlier.empty() && entry.serving == target_(entry.spec.resource);
}

void ResourceRoutes::Serve(Entry* entry, const std::string& version) {
  if (!entry->serving.empty()) --counts_[entry->serving].resources;
  entry->serving = version;
  ++counts_[version].resources;
}

ResourceRoutes::EntryPtr ResourceRoutes::Add(const ResourceSpec& spec, Tasks* tasks) {
  auto entry = std::make_shared<Entry>();
  entry->spec = spec;
  const std::string target = target_(spec.resource);
  for (const std::string& version : earlier_) {
    if (version != target) entry->earlier.push_back(version);
  }
  Serve(entry.get(), target);
  entries_[spec.resource] = entry;
  tasks->push_back([mover = mover_, resource = spec.resource, target] {
    if (const auto told = mover.lock()) told->OnServed(resource, "", target);
  });
  return entry;
}

void ResourceRoutes::SetTarget(Target target) {
  Tasks tasks;
  {
    absl::MutexLock lock(&mu_);
    target_ = std::move(target);
    to_move_.clear();
    for (const auto& [resource, entry] : entries_) {
      if (!InPlace(*entry)) to_move_.push_back(entry);
    }
    MoveNext(&tasks);
  }
  Run(tasks);
}

void ResourceRoutes::SetEarlier(std::vector<std::string> versions) {
  absl::MutexLock lock(&mu_);
  earlier_ = std::move(versions);
}

void ResourceRoutes::MoveNext(Tasks* tasks) {
  while (moves_ < kMaxMoves && !to_move_.empty()) {
    const EntryPtr entry = std::move(to_move_.front());
    to_move_.pop_front();
    if (!entry->removed && !entry->moving && entry->in_hand == 0 && !InPlace(*entry)) BeginMove(entry, tasks);
  }
}

void ResourceRoutes::BeginMove(const EntryPtr& entry, Tasks* tasks) {
  entry->moving = true;
  ++moves_;
  const std::string to = target_(entry->spec.resource);
  std::vector<std::string> from;
  if (entry->serving != to) from.push_back(entry->serving);
  for (const std::string& version : entry->earlier) {
    if (version != to && version != entry->serving) from.push_back(version);
  }
  tasks->push_back([self = shared_from_this(), entry, spec = entry->spec, from = std::move(from), to] {
    const auto done = [self, entry, to] { self->OnMoved(entry, to); };
    if (const auto mover = self->mover_.lock()) {
      mover->Move(spec, from, to, done);
    } else {
      done();
    }
  });
}

void ResourceRoutes::OnMoved(const EntryPtr& entry, const std::string& to) {
  Tasks tasks;
  {
    absl::MutexLock lock(&mu_);
    --moves_;
    entry->moving = false;
    entry->earlier.clear();
    const std::string from = entry->serving;
    Serve(entry.get(), to);
    tasks.push_back([mover = mover_, resource = entry->spec.resource, from, to] {
      const auto told = mover.lock();
      if (told == nullptr) return;
      told->OnServed(resource, from, to);
      told->OnLeft();
    });
    if (entry->removed) {
      --counts_[to].resources;
      tasks.push_back([mover = mover_, resource = entry->spec.resource, to] {
        if (const auto told = mover.lock()) told->OnClosed(resource, {to});
      });
      Flush(entry, &tasks);
    } else if (!InPlace(*entry)) {
      BeginMove(entry, &tasks);
    } else {
      Flush(entry, &tasks);
    }
    MoveNext(&tasks);
  }
  Run(tasks);
}

void ResourceRoutes::Flush(const EntryPtr& entry, Tasks* tasks) {
  for (Waiting& waiting : entry->waiting) {
    tasks->push_back([use = std::move(waiting.use), version = entry->serving,
                      hold = Take(entry, waiting.kind)]() mutable { use(version, std::move(hold)); });
  }
  entry->waiting.clear();
}

ResourceRoutes::Hold ResourceRoutes::Take(const EntryPtr& entry, Kind kind) {
  ++entry->in_hand;
  if (kind == Kind::kOperation) {
    ++entry->operations;
    ++counts_[entry->serving].operations;
  }
  return Hold(nullptr, [self = shared_from_this(), entry, kind, version = entry->serving](void*) {
    self->Release(entry, kind, version);
  });
}

void ResourceRoutes::Release(const EntryPtr& entry, Kind kind, const std::string& version) {
  Tasks tasks;
  {
    absl::MutexLock lock(&mu_);
    --entry->in_hand;
    if (kind == Kind::kOperation) {
      --entry->operations;
      --counts_[version].operations;
    }
    if (entry->in_hand > 0 || entry->moving || entry->removed) return;
    if (!InPlace(*entry)) BeginMove(entry, &tasks);
  }
  Run(tasks);
}

void ResourceRoutes::Open(const ResourceSpec& spec) {
  Tasks tasks;
  {
    absl::MutexLock lock(&mu_);
    if (const EntryPtr entry = Find(spec.resource)) {
      entry->spec = spec;
    } else {
      Add(spec, &tasks);
    }
  }
  Run(tasks);
}

void ResourceRoutes::Close(const std::string& resource) {
  Tasks tasks;
  {
    absl::MutexLock lock(&mu_);
    const EntryPtr entry = Find(resource);
    if (entry == nullptr) return;
    entries_.erase(resource);
    entry->removed = true;
    // One that is on its way is closed when it has arrived.
    if (!entry->moving) {
      --counts_[entry->serving].resources;
      std::vector<std::string> versions = entry->earlier;
      versions.insert(versions.begin(), entry->serving);
      tasks.push_back([mover = mover_, resource, versions = std::move(versions)] {
        const auto told = mover.lock();
        if (told == nullptr) return;
        told->OnClosed(resource, versions);
        told->OnLeft();
      });
      Flush(entry, &tasks);
    }
  }
  Run(tasks);
}

void ResourceRoutes::Route(const std::string& resource, Kind kind, const ResourceSpec* unknown, Use use) {
  Tasks tasks;
  {
    absl::MutexLock lock(&mu_);
    EntryPtr entry = Find(resource);
    if (entry == nullptr && unknown != nullptr) entry = Add(*unknown, &tasks);
    if (entry == nullptr) {
      tasks.push_back([use = std::move(use), version = target_(resource)] { use(version, nullptr); });
    } else {
      const bool in_place = InPlace(*entry);
      if (!entry->moving && !in_place && entry->in_hand == 0) BeginMove(entry, &tasks);
      // An operation that waits is not overtaken.
      const bool waits = entry->moving || !entry->waiting.empty() || (kind == Kind::kOperation && !in_place);
      if (waits) {
        entry->waiting.push_back({kind, std::move(use)});
      } else {
        tasks.push_back([use = std::move(use), version = entry->serving, hold = Take(entry, kind)]() mutable {
          use(version, std::move(hold));
        });
      }
    }
  }
  Run(tasks);
}

ResourceRoutes::Hold ResourceRoutes::KeepInPlace(const ResourceSpec& spec) {
  Tasks tasks;
  Hold hold;
  {
    absl::MutexLock lock(&mu_);
    EntryPtr entry = Find(spec.resource);
    if (entry == nullptr) entry = Add(spec, &tasks);
    hold = Take(entry, Kind::kOperation);
  }
  Run(tasks);
  return hold;
}

void ResourceRoutes::SetServing(const std::string& resource, const std::string& version) {
  absl::MutexLock lock(&mu_);
  const EntryPtr entry = Find(resource);
  if (entry != nullptr && !entry->moving) Serve(entry.get(), version);
}

std::string ResourceRoutes::ServedBy(const std::string& resource) const {
  absl::MutexLock lock(&mu_);
  const EntryPtr entry = Find(resource);
  return entry == nullptr ? "" : entry->serving;
}

std::vector<std::string> ResourceRoutes::ResourcesOf(const std::string& version) const {
  absl::MutexLock lock(&mu_);
  std::vector<std::string> resources;
  for (const auto& [resource, entry] : entries_) {
    if (entry->serving == version) resources.push_back(resource);
  }
  return resources;
}

std::vector<ResourceSpec> ResourceRoutes::WouldMoveTo(const std::string& version, const Target& target) const {
  absl::MutexLock lock(&mu_);
  std::vector<ResourceSpec> specs;
  for (const auto& [resource, entry] : entries_) {
    if (entry->operations == 0 && entry->serving != version && target(resource) == version)
      specs.push_back(entry->spec);
  }
  return specs;
}

bool ResourceRoutes::HasOperation(const std::string& resource) const {
  absl::MutexLock lock(&mu_);
  const EntryPtr entry = Find(resource);
  return entry != nullptr && entry->operations > 0;
}

ResourceRoutes::Counts ResourceRoutes::CountsOf(const std::string& version) const {
  absl::MutexLock lock(&mu_);
  const auto found = counts_.find(version);
  return found == counts_.end() ? Counts() : found->second;
}

}  // namespace resource_broker::broker
