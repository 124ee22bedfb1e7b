// Which process exactly: its number alone may be another's by now.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace resource_broker::broker {

struct ProcessIdentity {
  uint32_t process_id = 0;
  // As the system counts: clock ticks since it was booted, on Windows 100 ns since 1601.
  uint64_t start_time = 0;
  // SHA-256 of the running program's file, in hexadecimal.
  std::string image_hash;
};

// Of a process that runs. Reads its program's file. NotFound: there is no such process.
absl::StatusOr<ProcessIdentity> IdentifyProcess(uint32_t process_id);

// Whether the process of that number is this one. NotFound: there is none of that number; FailedPrecondition: it is
// another, and the message tells what differs.
absl::Status CheckIdentity(const ProcessIdentity& identity);

}  // namespace resource_broker::broker
