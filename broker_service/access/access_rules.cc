#include "broker_service/access/access_rules.h"

#include <algorithm>
#include <array>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace resource_broker::broker {
namespace {

constexpr std::array<absl::string_view, 4> kRoleNames = {"", "viewer", "operator", "admin"};

bool Contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// A pattern that ends in "/*" stands for all below it, and not for itself.
bool FitsUri(std::string_view pattern, const std::string& uri) {
  if (!absl::EndsWith({pattern.data(), pattern.size()}, "/*")) return uri == pattern;
  const std::string_view folder = pattern.substr(0, pattern.size() - 1);
  return uri.size() > folder.size() && uri.compare(0, folder.size(), folder) == 0;
}

bool Fits(const v1::BrokerConfig::Grant& grant, const PeerNames& names) {
  if (!grant.subject().empty()) return grant.subject() == names.subject;
  if (!grant.email().empty()) return Contains(names.emails, grant.email());
  if (!grant.fingerprint().empty()) return absl::EqualsIgnoreCase(grant.fingerprint(), names.fingerprint);
  if (!grant.uri().empty()) {
    return std::any_of(names.uris.begin(), names.uris.end(),
                       [&grant](const std::string& uri) { return FitsUri(grant.uri(), uri); });
  }
  return !grant.dns_name().empty() &&
         std::any_of(names.dns_names.begin(), names.dns_names.end(),
                     [&grant](const std::string& name) { return absl::EqualsIgnoreCase(grant.dns_name(), name); });
}

}  // namespace

absl::string_view RoleName(Role role) { return kRoleNames[static_cast<size_t>(role)]; }

Role RoleFromName(std::string_view name) {
  for (size_t i = 1; i < kRoleNames.size(); ++i) {
    if (kRoleNames[i] == absl::string_view(name.data(), name.size())) return static_cast<Role>(i);
  }
  return Role::kNone;
}

std::string IdentityOf(const PeerNames& names) {
  for (const std::string& uri : names.uris) {
    if (absl::StartsWith(uri, "spiffe://")) return uri;
  }
  return names.subject.empty() ? absl::StrCat("sha256:", names.fingerprint) : names.subject;
}

void AccessRules::Update(const v1::BrokerConfig::Remote& config) {
  std::vector<v1::BrokerConfig::Grant> grants(config.grants().begin(), config.grants().end());
  absl::MutexLock lock(&mu_);
  grants_.swap(grants);
}

Role AccessRules::RoleOf(const PeerNames& names) const {
  Role role = Role::kNone;
  absl::MutexLock lock(&mu_);
  for (const v1::BrokerConfig::Grant& grant : grants_) {
    if (Fits(grant, names)) role = std::max(role, RoleFromName(grant.role()));
  }
  return role;
}

}  // namespace resource_broker::broker
