// The resources the broker knows: who has them open, what state they are in, and whose turn it is.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/node_hash_map.h"
#include "absl/status/statusor.h"
#include "broker_service/operations/module_gateway.h"
#include "broker_service/operations/session_listener.h"
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
  std::optional<v1::Health> health;
  bool locked = false;
  uint32_t lock_reason = 0;

  // Operations that have not ended, in the order of their turns.
  std::deque<Operation*> line;
  // What a module has in hand for this resource; 0 nothing. It can outlast the operation, if the module did not answer
  // to Terminate in time; nothing else may be given to it until it has let go.
  uint64_t run = 0;
  // Waits for one of the places of max_running_operations.
  bool waits_for_place = false;
  // Calls of Terminate under way.
  uint32_t terminating = 0;
  // Called once no operation of before is left; see OperationEngine::Terminate.
  std::vector<std::function<void()>> when_idle;
  // The module is to forget the resource once it has nothing in hand.
  bool close_at_module = false;

  // `state`, or what it is on its way to while a module works on it.
  v1::ResourceState StateNow() const;

  bool Idle() const { return line.empty() && run == 0 && terminating == 0; }
};

// Not thread-safe. Addresses of entries are stable until they are forgotten.
class ResourceTable {
 public:
  // Keeps at most `limit` open resources and as many closed ones, whose last state may be asked for again.
  explicit ResourceTable(uint32_t limit) : limit_(limit) {}

  // The entry of `resource`, made if need be and marked open. ResourceExhausted beyond the limit.
  absl::StatusOr<Resource*> Open(const std::string& resource);
  void MarkClosed(Resource* resource);

  // Null where it was never open.
  Resource* Find(const std::string& resource);

  template <typename Visitor>
  void ForEach(Visitor&& visitor) {
    for (auto& [name, resource] : entries_) visitor(name, resource);
  }

 private:
  const uint32_t limit_;
  uint32_t open_ = 0;
  absl::node_hash_map<std::string, Resource> entries_;
  // Names that were closed, oldest first; those opened again since are skipped.
  std::deque<std::string> closed_;
};

}  // namespace resource_broker::broker
