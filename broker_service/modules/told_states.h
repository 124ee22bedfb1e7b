// What each version of a module has told unasked of its resources, so that it counts when that version serves them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "resource_broker/v1/module.pb.h"

namespace resource_broker::broker {

// Keeps what differs from the default (alive, unlocked). Not thread-safe.
class ToldStates {
 public:
  void Note(const std::string& version, const v1::ModuleNotification& notification);

  // What has to be told of `resource` when it is served by `to` where it was served by `from`, in the order given; an
  // empty `from` stands for one that had told nothing.
  std::vector<v1::ModuleNotification> Change(const std::string& resource, const std::string& from,
                                             const std::string& to) const;

  // Its process is gone.
  void ForgetVersion(const std::string& version) { versions_.erase(version); }
  void ForgetResource(const std::string& resource);

 private:
  struct Told {
    std::optional<v1::ModuleNotification> lock;
    std::optional<v1::ModuleNotification> dead;
  };
  const Told* Find(const std::string& version, const std::string& resource) const;

  absl::flat_hash_map<std::string, absl::flat_hash_map<std::string, Told>> versions_;
};

}  // namespace resource_broker::broker
