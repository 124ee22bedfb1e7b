// Where the log goes.
#pragma once

#include "absl/status/status.h"
#include "resource_broker/v1/config.pb.h"

namespace resource_broker::broker {

// From now on lines go to <data_directory>/logs/resource_broker.log as log_level and logging say, and to stderr with
// `console`. An error names the folder or file that can't be made. `config` is complete.
absl::Status StartLogging(const v1::BrokerConfig& config, bool console);

// Lines that come from now on have this format; of StartLogging, the level and the format alone.
void UpdateLogging(const v1::BrokerConfig& config);

// Writes out what is still held, events as well, for which it waits two seconds at most.
void FlushLog();

// --- The platform's part ---

// Whether stderr goes to the journal of systemd, which wants each line's priority in front of it.
bool StderrIsJournal();

}  // namespace resource_broker::broker
