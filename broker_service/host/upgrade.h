// One command that replaces the running broker's program.
#pragma once

#include <filesystem>
#include <string>

#include "absl/time/time.h"
#include "broker_service/host/take_over.h"
#include "resource_broker/v1/config.pb.h"

namespace resource_broker::broker {

struct UpgradeOptions {
  // The new program.
  std::filesystem::path program;
  // Absolute; empty: none was named.
  std::filesystem::path config_file;
  // What it says, by this program's reading.
  v1::BrokerConfig config;
  // The new program serves after this at the latest, or the former one does again.
  absl::Duration limit;
};

// Says on stdout and stderr what it does, and returns the process's exit code. What can be found wrong is found before
// the running broker is asked to end.
int UpgradeBroker(UpgradeOptions options);

// --- The platform's part ---

// The configuration the installed service runs with; empty where there is none, or it names none.
std::filesystem::path ConfigOfService();

// `program` serves in place of `running` when it returns kExitOk. kExitFailed: the program of before does;
// kExitNoBroker: none does. kExitUsage: it is to be done in another way here. In every case it has said so.
int ReplaceProgram(const UpgradeOptions& options, const RunningBroker& running);

// Whether the broker is an installed service that is stopped.
bool ServiceIsStopped();

// That service runs `program` from now on, and is started, when it returns kExitOk. kExitNoBroker: its program is the
// one of before, and it does not run. kExitFailed: nothing was changed. It has said so.
int StartProgram(const UpgradeOptions& options);

}  // namespace resource_broker::broker
