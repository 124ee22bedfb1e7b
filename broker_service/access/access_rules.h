// Which role the configuration grants to whom.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "broker_service/access/door.h"
#include "broker_service/access/peer_names.h"
#include "resource_broker/v1/config.pb.h"

namespace resource_broker::broker {

// "viewer", "operator", "admin", and "" for kNone.
absl::string_view RoleName(Role role);
// kNone where there is none of that name.
Role RoleFromName(std::string_view name);

// How audit records and errors name it: the first SPIFFE id, else the subject, else its fingerprint.
std::string IdentityOf(const PeerNames& names);

// Thread-safe.
class AccessRules {
 public:
  explicit AccessRules(const v1::BrokerConfig::Remote& config) { Update(config); }

  // In force for every call that begins from now on. `config` is checked, as ParseConfig gives it.
  void Update(const v1::BrokerConfig::Remote& config);

  // The highest that fits.
  Role RoleOf(const PeerNames& names) const;

 private:
  mutable absl::Mutex mu_;
  std::vector<v1::BrokerConfig::Grant> grants_ ABSL_GUARDED_BY(mu_);
};

}  // namespace resource_broker::broker
