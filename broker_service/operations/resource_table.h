// The resources the broker knows: who has them open, what state they are in, and whose turn it is.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/node_hash_map.h"
#include "absl/status/statusor.h"
#include "broker_service/operations/module_gateway.h"
#include "broker_service/operations/session_listener.h"
#include "broker_service/operations/throttles.h"
#include "resource_broker/v1/types.pb.h"

namespace resource_broker::broker {

struct Operation;

// Guarded by the engine's lock, all of it.
struct Resource {
  ResourceSpec spec;
  bool open = false;
  // Of the session that has it open.
  std::string session_id;
  std::shared_ptr<SessionListener> listener;

  v1::ResourceState state = v1::RESOURCE_OFFLINE;
  // What it is meant to be; unspecified before the first operation that says so.
  v1::ResourceState intended_state = v1::RESOURCE_STATE_UNSPECIFIED;
  std::optional<v1::Health> health;
  // By its module, with LockedModeReason.
  bool locked = false;
  uint32_t lock_reason = 0;
  // By an administrator, and why: it outlives the module, the session and the broker.
  bool admin_locked = false;
  std::string admin_lock_reason;
  // Changes of it that are being written down.
  uint32_t admin_lock_writes = 0;

  // Operations that have not ended, in the order of their turns.
  std::deque<Operation*> line;
  // Those that have ended, as long as that may not be durable.
  std::vector<std::string> unsaved_ends;
  // What a module has in hand for this resource; 0 nothing. It can outlast the operation, if the module did not answer
  // to Terminate in time; nothing else may be given to it until it has let go.
  uint64_t run = 0;
  // What the run takes up.
  Place place;
  // The line of Throttles it waits in; empty: none.
  std::string waits_at;
  // Calls of Terminate under way.
  uint32_t terminating = 0;
  // Called once no operation of before is left; see OperationEngine::Terminate.
  std::vector<std::function<void()>> when_idle;
  // The module is to forget the resource once it has nothing in hand.
  bool close_at_module = false;

  // With which number it was closed last; see ResourceTable.
  uint64_t closed_as = 0;
  // `state`, or what it is on its way to while a module works on it.
  v1::ResourceState StateNow() const;

  bool Idle() const { return line.empty() && run == 0 && terminating == 0; }
  bool Locked() const { return locked || admin_locked; }
};

// Not thread-safe. Addresses of entries are stable until they are forgotten.
class ResourceTable {
 public:
  // Keeps at most `limit` open resources and as many closed ones, whose last state may be asked for again. Those an
  // administrator has locked are not forgotten. `on_forgotten` is told of each that is.
  ResourceTable(uint32_t limit, std::function<void(const std::string&)> on_forgotten)
      : limit_(limit), on_forgotten_(std::move(on_forgotten)) {}

  // The entry of `resource`, made if need be and marked open. ResourceExhausted beyond the limit.
  absl::StatusOr<Resource*> Open(const std::string& resource);
  void MarkClosed(Resource* resource);

  // Null where it was never open.
  Resource* Find(const std::string& resource);

  size_t size() const { return entries_.size(); }
  uint32_t open() const { return open_; }

  template <typename Visitor>
  void ForEach(Visitor&& visitor) {
    for (auto& [name, resource] : entries_) visitor(name, resource);
  }

 private:
  const uint32_t limit_;
  const std::function<void(const std::string&)> on_forgotten_;
  uint32_t open_ = 0;
  uint64_t closings_ = 0;
  absl::node_hash_map<std::string, Resource> entries_;
  struct Closed {
    std::string resource;
    uint64_t closed_as;
  };
  // Oldest first; those opened, and perhaps closed again, since are skipped.
  std::deque<Closed> closed_;
};

}  // namespace resource_broker::broker
