// Where a TCP listener of the configuration listens.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace resource_broker::broker {

struct TcpAddress {
  // Without brackets: "10.1.2.3", "::1".
  std::string host;
  // 0: one that is free.
  uint16_t port = 0;
  // Whether only this machine reaches it.
  bool loopback = false;
};

// "10.1.2.3:7443" or "[::1]:7443": an address, since a name may mean another machine tomorrow. InvalidArgument.
absl::StatusOr<TcpAddress> ParseTcpAddress(absl::string_view text);

// The reverse.
std::string TcpAddressText(absl::string_view host, uint16_t port);

}  // namespace resource_broker::broker
