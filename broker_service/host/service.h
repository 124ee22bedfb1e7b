// Being a service, and changing what the system knows of it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "absl/status/status.h"
#include "resource_broker/v1/config.pb.h"

namespace resource_broker::broker {

struct RunOptions {
  v1::BrokerConfig config;
  // Under the service manager rather than in a console.
  bool service = false;
  // In place of the broker that runs, which ends for it; see takeover.proto.
  bool take_over = false;
  // Where `config` came from, as ChooseConfig was given it; absolute, or empty.
  std::filesystem::path config_file;
};

// Windows: the service control code (of those that are a service's own, 128 to 255) that ends the broker for an
// upgrade: its modules and their operations run on for the broker that is started next. SERVICE_CONTROL_STOP ends the
// modules as well. Natively SIGUSR1 is the one, SIGTERM the other.
inline constexpr uint32_t kEndForUpgradeControl = 200;

// Before the first thread of a process that runs the broker: what is to stop it waits for RunBroker. Natively signals
// are blocked, for good; on Windows nothing is to be done.
void HoldStopSignals();

// Runs the broker until it is told to stop: natively by SIGTERM or SIGINT, on Windows by Ctrl+C or the service manager;
// or to end for an upgrade. Returns the process's exit code.
int RunBroker(const RunOptions& options);

// The life of a service that can't begin: it tells the service manager `exit_code`, so that the recovery actions and
// the event log have it, and returns it. Elsewhere it only returns it.
int EndServiceWith(int exit_code);

// The other commands; each says on stdout or stderr what it did and returns the process's exit code.
int InstallService(const std::filesystem::path& config_file, bool start);
// What InstallService sets, on a service that is there: what an installer made, or an administrator changed.
int ConfigureService();
int UninstallService();
int StartInstalledService();
int StopInstalledService();
int ShowServiceStatus();

}  // namespace resource_broker::broker
