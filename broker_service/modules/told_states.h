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

  // Absent: as the default.
  struct Told {
    std::optional<v1::ModuleNotification> lock;
    std::optional<v1::ModuleNotification> dead;
  };
  Told Find(const std::string& resource, const std::string& version) const;
  // The same as notifications.
  std::vector<v1::ModuleNotification> Of(const std::string& resource, const std::string& version) const;

  // Its process is gone.
  void ForgetVersion(const std::string& version) { versions_.erase(version); }
  void ForgetResource(const std::string& resource);

 private:
  absl::flat_hash_map<std::string, absl::flat_hash_map<std::string, Told>> versions_;
};

}  // namespace resource_broker::broker
