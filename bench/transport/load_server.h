// The other process of the transport's figures.
#pragma once

#include <string>

#include "absl/status/status.h"

namespace resource_broker::bench {

// The bytes of one message of the bulk figures.
inline constexpr size_t kBulkBytes = 4 << 20;

// More than any message.
inline constexpr int kMaxMessageBytes = 8 << 20;

struct LoadAddresses {
  // Raw: one byte is answered by one byte; and kBulkBytes by one byte.
  std::string raw_echo;
  std::string raw_bulk;
  // gRPC over our transport.
  std::string ipc;
};

// Serves all of these, and gRPC on a TCP port of the loopback interface; prints "ready PORT", and returns when standard
// input ends.
absl::Status ServeLoad(const LoadAddresses& addresses);

}  // namespace resource_broker::bench
