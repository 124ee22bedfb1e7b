// Which version of a module serves which resource, and resources on their way from one to another.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/synchronization/mutex.h"
#include "broker_service/operations/module_gateway.h"

namespace resource_broker::broker {

// A resource is served by one version at a time. When that is not the one that should, it moves as soon as nothing of
// it is in hand: what comes meanwhile waits, and then goes to the new one. Thread-safe; callbacks come without locks.
class ResourceRoutes : public std::enable_shared_from_this<ResourceRoutes> {
 public:
  enum class Kind { kOperation, kCall };
  // Something in hand, until its last owner lets go of it.
  using Hold = std::shared_ptr<void>;
  using Use = std::function<void(const std::string& version, Hold hold)>;
  using Target = std::function<std::string(const std::string& resource)>;

  class Mover {
   public:
    virtual ~Mover() = default;
    // Brings the resource from the first of `from` that has it to `to`; `done` is called once, whatever came of it.
    virtual void Move(const ResourceSpec& spec, const std::vector<std::string>& from, const std::string& to,
                      std::function<void()> done) = 0;
    // It is served by `to` from now on. `from` is empty where nobody is known to have served it.
    virtual void OnServed(const std::string& resource, const std::string& from, const std::string& to) = 0;
    // It is forgotten, and these may have it.
    virtual void OnClosed(const std::string& resource, const std::vector<std::string>& versions) = 0;
    // A resource has left a version.
    virtual void OnLeft() = 0;
  };

  explicit ResourceRoutes(std::weak_ptr<Mover> mover) : mover_(std::move(mover)) {}

  // Which version should serve each resource, from now on: those that are served by another begin to move.
  void SetTarget(Target target);
  // Versions of a broker before this one, which may have any resource that is not known yet.
  void SetEarlier(std::vector<std::string> versions);

  void Open(const ResourceSpec& spec);
  void Close(const std::string& resource);

  // Calls `use` with the version that serves the resource: at once, or when it has moved. One that is not known is
  // taken in by `unknown`, or goes to the version that should serve it where that is null.
  void Route(const std::string& resource, Kind kind, const ResourceSpec* unknown, Use use);

  // An operation that some version may have in hand already: nothing moves meanwhile.
  Hold KeepInPlace(const ResourceSpec& spec);
  // It is there that calls of the resource go to now.
  void SetServing(const std::string& resource, const std::string& version);

  // Empty: it is not known.
  std::string ServedBy(const std::string& resource) const;
  std::vector<std::string> ResourcesOf(const std::string& version) const;
  // Those that `target` gives to `version`, are served by another now, and have no operation in hand.
  std::vector<ResourceSpec> WouldMoveTo(const std::string& version, const Target& target) const;
  bool HasOperation(const std::string& resource) const;

  struct Counts {
    uint32_t resources = 0;
    uint32_t operations = 0;
  };
  Counts CountsOf(const std::string& version) const;

 private:
  struct Waiting {
    Kind kind;
    Use use;
  };
  struct Entry {
    ResourceSpec spec;
    std::string serving;
    std::vector<std::string> earlier;
    bool moving = false;
    bool removed = false;
    uint32_t in_hand = 0;
    uint32_t operations = 0;
    std::vector<Waiting> waiting;
  };
  using EntryPtr = std::shared_ptr<Entry>;
  // What is to be done without the lock.
  using Tasks = std::vector<std::function<void()>>;

  EntryPtr Find(const std::string& resource) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  EntryPtr Add(const ResourceSpec& spec, Tasks* tasks) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  bool InPlace(const Entry& entry) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void Serve(Entry* entry, const std::string& version) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  Hold Take(const EntryPtr& entry, Kind kind) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void BeginMove(const EntryPtr& entry, Tasks* tasks) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void MoveNext(Tasks* tasks) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void Flush(const EntryPtr& entry, Tasks* tasks) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void OnMoved(const EntryPtr& entry, const std::string& to);
  void Release(const EntryPtr& entry, Kind kind, const std::string& version);
  static void Run(const Tasks& tasks);

  const std::weak_ptr<Mover> mover_;

  mutable absl::Mutex mu_;
  Target target_ ABSL_GUARDED_BY(mu_);
  std::vector<std::string> earlier_ ABSL_GUARDED_BY(mu_);
  absl::flat_hash_map<std::string, EntryPtr> entries_ ABSL_GUARDED_BY(mu_);
  std::map<std::string, Counts> counts_ ABSL_GUARDED_BY(mu_);
  // Those that nobody waits for yet.
  std::deque<EntryPtr> to_move_ ABSL_GUARDED_BY(mu_);
  uint32_t moves_ ABSL_GUARDED_BY(mu_) = 0;
};

}  // namespace resource_broker::broker
