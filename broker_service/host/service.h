// Being a service, and changing what the system knows of it.
#pragma once

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
};

// Runs the broker until it is told to stop: natively by SIGTERM or SIGINT, on Windows by Ctrl+C or the service manager.
// Returns the process's exit code.
int RunBroker(const RunOptions& options);

// The other commands; each says on stdout or stderr what it did and returns the process's exit code.
int InstallService(const std::filesystem::path& config_file, bool start);
int UninstallService();
int StartInstalledService();
int StopInstalledService();
int ShowServiceStatus();

}  // namespace resource_broker::broker
