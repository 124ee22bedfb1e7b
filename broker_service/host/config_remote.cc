#include "broker_service/host/config_remote.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "broker_service/access/access_rules.h"
#include "broker_service/remote/tcp_address.h"

namespace resource_broker::broker {
namespace {

constexpr size_t kMaxGrants = 1000;
constexpr size_t kMaxNameBytes = 1024;
constexpr size_t kFingerprintDigits = 64;

absl::Status Fault(absl::string_view key, absl::string_view reason) {
  return absl::InvalidArgumentError(absl::StrCat(key, ": ", reason));
}

absl::StatusOr<TcpAddress> CheckAddress(absl::string_view key, const std::string& address) {
  absl::StatusOr<TcpAddress> parsed = ParseTcpAddress(address);
  if (parsed.ok()) return parsed;
  return Fault(key, parsed.status().message());
}

absl::Status CheckFingerprint(const std::string& key, absl::string_view fingerprint) {
  const bool hex =
      std::all_of(fingerprint.begin(), fingerprint.end(), [](unsigned char c) { return absl::ascii_isxdigit(c); });
  if (hex && fingerprint.size() == kFingerprintDigits) return absl::OkStatus();
  return Fault(key, "must be 64 hex digits: SHA-256 of the certificate's DER form");
}

absl::Status CheckUri(const std::string& key, absl::string_view uri) {
  const size_t star = uri.find('*');
  if (star == absl::string_view::npos || (star + 1 == uri.size() && absl::EndsWith(uri, "/*"))) {
    return absl::OkStatus();
  }
  return Fault(key, "\"*\" may only stand at the end, after \"/\"");
}

absl::Status CheckGrant(const std::string& key, const v1::BrokerConfig::Grant& grant) {
  if (RoleFromName(grant.role()) == Role::kNone) {
    return Fault(key + ".role", absl::StrCat("must be one of viewer, operator, admin, not \"", grant.role(), "\""));
  }
  const std::vector<std::pair<const char*, const std::string*>> names = {{".subject", &grant.subject()},
                                                                         {".uri", &grant.uri()},
                                                                         {".dnsName", &grant.dns_name()},
                                                                         {".email", &grant.email()},
                                                                         {".fingerprint", &grant.fingerprint()}};
  int given = 0;
  for (const auto& [field, name] : names) {
    if (name->empty()) continue;
    ++given;
    if (name->size() > kMaxNameBytes) return Fault(key + field, "is longer than 1,024 bytes");
  }
  if (given != 1) {
    return Fault(key, absl::StrCat("needs exactly one of subject, uri, dnsName, email, fingerprint, and has ", given));
  }
  if (!grant.uri().empty()) return CheckUri(key + ".uri", grant.uri());
  if (!grant.fingerprint().empty()) return CheckFingerprint(key + ".fingerprint", grant.fingerprint());
  return absl::OkStatus();
}

}  // namespace

absl::Status CompleteRemote(v1::BrokerConfig::Remote* remote) {
  if (remote->address().empty()) remote->set_address("0.0.0.0:7443");
  const absl::StatusOr<TcpAddress> address = CheckAddress("remote.address", remote->address());
  if (!address.ok()) return address.status();
  if (remote->plaintext_on_loopback()) {
    if (address->loopback) return absl::OkStatus();
    return Fault("remote.plaintextOnLoopback",
                 absl::StrCat("needs a loopback address in remote.address, and ", remote->address(), " is none"));
  }
  const std::pair<const char*, const std::string*> required[] = {
      {"remote.certificateFile", &remote->certificate_file()},
      {"remote.keyFile", &remote->key_file()},
      {"remote.trustFile", &remote->trust_file()}};
  for (const auto& [key, file] : required) {
    if (file->empty()) return Fault(key, "is required");
  }
  if (static_cast<size_t>(remote->grants_size()) > kMaxGrants) return Fault("remote.grants", "are more than 1,000");
  for (int i = 0; i < remote->grants_size(); ++i) {
    if (absl::Status status = CheckGrant(absl::StrCat("remote.grants[", i, "]"), remote->grants(i)); !status.ok()) {
      return status;
    }
  }
  return absl::OkStatus();
}

absl::Status CompleteMetrics(v1::BrokerConfig::Metrics* metrics) {
  if (metrics->address().empty()) metrics->set_address("127.0.0.1:9464");
  return CheckAddress("metrics.address", metrics->address()).status();
}

}  // namespace resource_broker::broker
