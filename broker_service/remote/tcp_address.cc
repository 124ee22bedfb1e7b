#include "broker_service/remote/tcp_address.h"

#include <asio/ip/address.hpp>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace resource_broker::broker {
namespace {

constexpr uint32_t kMaxPort = 65535;

}  // namespace

absl::StatusOr<TcpAddress> ParseTcpAddress(absl::string_view text) {
  const auto fault = absl::InvalidArgumentError(
      absl::StrCat("must be an address and a port like 0.0.0.0:7443 or [::1]:7443, not \"", text, "\""));
  const size_t colon = text.rfind(':');
  if (colon == absl::string_view::npos) return fault;
  std::string host(text.substr(0, colon));
  const bool brackets = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (brackets) host = host.substr(1, host.size() - 2);
  const std::string digits(text.substr(colon + 1));
  uint32_t port = 0;
  if (digits.empty() || digits.find_first_not_of("0123456789") != std::string::npos) return fault;
  if (!absl::SimpleAtoi(digits, &port) || port > kMaxPort) return fault;
  asio::error_code error;
  const asio::ip::address address = asio::ip::make_address(host, error);
  if (error || address.is_v6() != brackets) return fault;
  // Some systems take "1.2.3" for an address.
  if (!brackets && address.to_string() != host) return fault;
  return TcpAddress{host, static_cast<uint16_t>(port), address.is_loopback()};
}

std::string TcpAddressText(absl::string_view host, uint16_t port) {
  return host.find(':') == absl::string_view::npos ? absl::StrCat(host, ":", port)
                                                   : absl::StrCat("[", host, "]:", port);
}

}  // namespace resource_broker::broker
