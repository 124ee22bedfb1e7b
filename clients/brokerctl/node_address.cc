#include <cstdint>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "clients/brokerctl/endpoint.h"

namespace resource_broker::brokerctl {
namespace {

constexpr char kDefaultPort[] = "7443";

bool IsLoopback(const std::string& host) {
  return host == "localhost" || host == "::1" ||
         (absl::StartsWith(host, "127.") && host.find_first_not_of("0123456789.") == std::string::npos);
}

absl::Status Wrong(const std::string& text) {
  return absl::InvalidArgumentError(
      absl::StrCat("\"", text, "\" is no node's address: HOST:PORT, such as n1.example:7443 or [fd00::1]:7443"));
}

}  // namespace

absl::StatusOr<NodeAddress> ParseNodeAddress(const std::string& text) {
  NodeAddress address;
  std::string rest;
  const bool bracketed = absl::StartsWith(text, "[");
  const size_t end = bracketed ? text.find(']') : text.find(':');
  if (bracketed && end == std::string::npos) return Wrong(text);
  address.host = bracketed ? text.substr(1, end - 1) : text.substr(0, end);
  if (end != std::string::npos) rest = text.substr(bracketed ? end + 1 : end);
  if (!rest.empty() && rest[0] != ':') return Wrong(text);
  address.port = rest.empty() ? kDefaultPort : rest.substr(1);
  uint32_t port = 0;
  const char* allowed =
      bracketed ? "0123456789abcdefABCDEF:." : "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-_";
  if (address.host.empty() || address.host.size() > 253 ||
      address.host.find_first_not_of(allowed) != std::string::npos || !absl::SimpleAtoi(address.port, &port) ||
      port == 0 || port > 65535 || address.port.find_first_not_of("0123456789") != std::string::npos) {
    return Wrong(text);
  }
  address.loopback = IsLoopback(address.host);
  address.text =
      bracketed ? absl::StrCat("[", address.host, "]:", address.port) : absl::StrCat(address.host, ":", address.port);
  return address;
}

}  // namespace resource_broker::brokerctl
