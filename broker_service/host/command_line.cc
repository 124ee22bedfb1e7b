#include "broker_service/host/command_line.h"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <utility>

#include "absl/status/statusor.h"
#include "broker_service/host/config.h"
#include "broker_service/host/logging.h"
#include "broker_service/host/service.h"
#include "broker_service/log.h"
#include "ipc/channel.h"

namespace resource_broker::broker {
namespace {

constexpr char kFooter[] =
    R"(Examples:
  resource_broker run --config broker.json      run here, in this console, until Ctrl+C
  resource_broker install --start               register the Windows service and start it
  resource_broker status                        is it running?

Exit codes: 0 done (status: running), 1 failed, 2 wrong command line or configuration,
3 status: stopped, 4 status: not installed.)";

int Run(const std::string& config_file, bool service) {
  absl::StatusOr<v1::BrokerConfig> config = v1::BrokerConfig();
  std::error_code error;
  if (!config_file.empty()) {
    config = LoadConfig(std::filesystem::u8path(config_file));
  } else if (std::filesystem::exists(DefaultConfigFile(), error)) {
    config = LoadConfig(DefaultConfigFile());
  } else {
    config = DefaultConfig();
  }
  if (!config.ok()) {
    fprintf(stderr, "resource_broker: %s\n", std::string(config.status().message()).c_str());
    return kExitUsage;
  }
  const std::filesystem::path logs = std::filesystem::u8path(config->data_directory()) / "logs";
  if (absl::Status status = StartLogging(config->log_level(), logs, !service); !status.ok()) {
    fprintf(stderr,
            "resource_broker: dataDirectory: %s: the broker's account must be able to make that folder and to write to "
            "it\n",
            std::string(status.message()).c_str());
    return kExitUsage;
  }
  const int exit_code = RunBroker({*std::move(config), service});
  FlushLog();
  return exit_code;
}

}  // namespace

int RunCommandLine(const std::vector<std::string>& arguments) {
  CLI::App app("Resource Broker: runs the logic of cluster resources outside RHS.", "resource_broker");
  app.footer(kFooter);
  app.set_version_flag("--version", "resource_broker " RESOURCE_BROKER_VERSION);
  app.require_subcommand(1);

  std::string config_file;
  bool service = false;
  bool start = false;
  CLI::App* run = app.add_subcommand("run", "Run in the foreground, until Ctrl+C or SIGTERM");
  run->add_option("--config", config_file, "Configuration file (default: broker.json in the system's place for it)");
  run->add_flag("--service", service, "Run under the Windows service manager; it passes this itself")->group("");
  CLI::App* install = app.add_subcommand("install", "Register the Windows service");
  install->add_option("--config", config_file, "Configuration file the service is to use");
  install->add_flag("--start", start, "Start it as well");
  CLI::App* uninstall = app.add_subcommand("uninstall", "Stop the Windows service and remove it");
  CLI::App* start_command = app.add_subcommand("start", "Start the installed service and wait until it runs");
  CLI::App* stop_command = app.add_subcommand("stop", "Stop the installed service and wait until it has stopped");
  CLI::App* status = app.add_subcommand("status", "Show the state of the installed service");

  try {
    // CLI11 takes them from the end.
    app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
  } catch (const CLI::ParseError& error) {
    // Also how it says that help was asked for.
    return app.exit(error) == 0 ? kExitOk : kExitUsage;
  }
  // Before any other use of gRPC.
  ipc::RegisterTransport();
  if (run->parsed()) return Run(config_file, service);
  if (install->parsed()) return InstallService(std::filesystem::u8path(config_file), start);
  if (uninstall->parsed()) return UninstallService();
  if (start_command->parsed()) return StartInstalledService();
  if (stop_command->parsed()) return StopInstalledService();
  if (status->parsed()) return ShowServiceStatus();
  return kExitUsage;
}

}  // namespace resource_broker::broker
