// The one thing in recorded messages that can't be said again as it was: the process id, which the peer checks.
#pragma once

#include <cstdint>
#include <string>

#include "resource_modules/sdk/program.h"

namespace resource_broker::compatibility {

// OpenSessionRequest.process_id and HelloResponse.process_id: their numbers in version 1.
inline constexpr int kOpenSessionProcessId = 3;
inline constexpr int kHelloProcessId = 2;

// The message with this process' id in a uint32 field, whatever was there: of a field that comes twice the last one
// counts.
inline std::string WithProcessId(std::string message, int field) {
  message.push_back(static_cast<char>(field << 3));
  uint32_t rest = sdk::ProcessId();
  for (; rest >= 0x80; rest >>= 7) message.push_back(static_cast<char>(rest | 0x80));
  message.push_back(static_cast<char>(rest));
  return message;
}

}  // namespace resource_broker::compatibility
