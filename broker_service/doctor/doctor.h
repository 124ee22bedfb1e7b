// Looks at a whole installation, as far as one can without changing it or disturbing a broker that runs.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "broker_service/doctor/finding.h"
#include "broker_service/host/platform.h"

namespace resource_broker::broker {

// From where on a value is worth a word.
struct DoctorLimits {
  // Free on the volume of the data directory.
  uint64_t low_disk_bytes = uint64_t{1} << 30;
  uint64_t full_disk_bytes = uint64_t{64} << 20;
  // Left of the node's certificate.
  absl::Duration certificate_left = absl::Hours(30 * 24);
  // How far a file's time may be ahead of the clock.
  absl::Duration clock_ahead = absl::Minutes(5);
};

struct DoctorOptions {
  // As ChooseConfig takes it.
  std::filesystem::path config_file;
  // The installed program and its version.
  std::filesystem::path program = ProgramFile();
  std::string version = RESOURCE_BROKER_VERSION;
  DoctorLimits limits;
};

// Blocks: it reads the journal and calls the broker that runs. What can't be looked at for want of what an earlier
// check complains of is left out: without a configuration little is known.
std::vector<Finding> Examine(const DoctorOptions& options);

// kOk if there are none.
FindingResult WorstOf(const std::vector<Finding>& findings);

// A line each: "ok       journal: …"; below a complaint, what to do.
std::string FindingsAsText(const std::vector<Finding>& findings);

// {"result": "warning", "checks": [{"name", "result", "evidence", "mend"}]}, one line.
std::string FindingsAsJson(const std::vector<Finding>& findings);

}  // namespace resource_broker::broker
