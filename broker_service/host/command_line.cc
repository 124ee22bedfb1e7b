#include "broker_service/host/command_line.h"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "broker_service/doctor/doctor.h"
#include "broker_service/events/event_log.h"
#include "broker_service/host/config.h"
#include "broker_service/host/logging.h"
#include "broker_service/host/service.h"
#include "broker_service/host/take_over.h"
#include "broker_service/host/upgrade.h"
#include "broker_service/journal/journal_file.h"
#include "broker_service/log.h"
#include "broker_service/remote/tls_context.h"
#include "broker_service/remote/tls_files.h"

namespace resource_broker::broker {
namespace {

constexpr char kFooter[] =
    R"(Examples:
  resource_broker run --config broker.json      run here, in this console, until Ctrl+C
  resource_broker install --start               register the Windows service and start it
  resource_broker status                        is it running?
  resource_broker doctor                        is all as it should be?
  resource_broker upgrade D:\\new\\resource_broker.exe
                                                that program takes over; modules and operations go on

Exit codes: 0 done (status: running), 1 failed (upgrade: the program of before runs), 2 wrong command line
or configuration, 3 status: stopped, 4 status: not installed, 5 take-over or upgrade: no broker runs now,
6 doctor: warnings, 7 doctor: errors.)";

constexpr uint32_t kEventsBeforeLog = 1;

// What is wrong is said on stderr.
absl::StatusOr<v1::BrokerConfig> ReadConfig(const std::string& config_file) {
  absl::StatusOr<v1::BrokerConfig> config = ChooseConfig(std::filesystem::u8path(config_file));
  if (!config.ok()) fprintf(stderr, "resource_broker: %s\n", std::string(config.status().message()).c_str());
  return config;
}

// The files of certificates, which no broker starts without.
absl::Status CheckTls(const v1::BrokerConfig& config) {
  if (!config.has_remote() || config.remote().plaintext_on_loopback()) return absl::OkStatus();
  const absl::StatusOr<TlsFiles> files = ReadTlsFiles(config.remote());
  return files.ok() ? MakeTlsContext(*files, config.remote().allow_tls_1_2()).status() : files.status();
}

int CheckConfig(const std::string& config_file) {
  const absl::StatusOr<v1::BrokerConfig> config = ReadConfig(config_file);
  if (!config.ok()) return kExitUsage;
  if (absl::Status status = CheckTls(*config); !status.ok()) {
    const std::filesystem::path file = config_file.empty() ? DefaultConfigFile() : std::filesystem::u8path(config_file);
    fprintf(stderr, "resource_broker: %s: %s\n", file.u8string().c_str(), std::string(status.message()).c_str());
    return kExitUsage;
  }
  printf("ok\n");
  // `upgrade` passes it on, before it changes anything.
  if (const std::string changes = WhatOpeningChanges(JournalFile(*config)); !changes.empty()) {
    printf("%s\n", changes.c_str());
  }
  return kExitOk;
}

int Upgrade(const std::string& program, const std::string& config_file, uint32_t timeout_s) {
  UpgradeOptions options;
  options.program = std::filesystem::u8path(program);
  options.config_file = config_file.empty() ? ConfigOfService() : std::filesystem::u8path(config_file);
  const absl::StatusOr<v1::BrokerConfig> config = ReadConfig(options.config_file.u8string());
  if (!config.ok()) return kExitUsage;
  options.config = *config;
  options.limit = absl::Seconds(timeout_s);
  return UpgradeBroker(std::move(options));
}

int Doctor(const std::string& config_file, bool json) {
  const DoctorOptions options = {config_file.empty() ? ConfigOfService() : std::filesystem::u8path(config_file)};
  const std::vector<Finding> findings = Examine(options);
  printf("%s", (json ? FindingsAsJson(findings) : FindingsAsText(findings)).c_str());
  switch (WorstOf(findings)) {
    case FindingResult::kOk:
      return kExitOk;
    case FindingResult::kWarning:
      return kExitWarnings;
    default:
      return kExitErrors;
  }
}

// Before there is a log: a service has no stderr that anybody reads, and tells the system's event log.
int RefuseToRun(EventId event, const absl::Status& why, bool service) {
  if (!service) return kExitUsage;
  EventLog::OfProcess().Open(SystemEventSink(), kEventsBeforeLog);
  RaiseEvent(event, why.message());
  FlushLog();
  EventLog::OfProcess().Close();
  return EndServiceWith(kExitUsage);
}

int Run(const std::string& config_file, bool service, bool take_over) {
  HoldStopSignals();
  absl::StatusOr<v1::BrokerConfig> config = ReadConfig(config_file);
  if (!config.ok()) return RefuseToRun(EventId::kConfigurationRefused, config.status(), service);
  if (const absl::Status status = StartLogging(*config, !service); !status.ok()) {
    const absl::Status refused = absl::UnavailableError(
        absl::StrCat("dataDirectory: ", status.message(),
                     ": the broker's account must be able to make that folder and to write to it"));
    fprintf(stderr, "resource_broker: %s\n", std::string(refused.message()).c_str());
    return RefuseToRun(EventId::kStartFailed, refused, service);
  }
  EventLog::OfProcess().Open(SystemEventSink(), config->logging().max_events_per_minute());
  std::error_code error;
  const auto file = config_file.empty() ? std::filesystem::path()
                                        : std::filesystem::absolute(std::filesystem::u8path(config_file), error);
  const int exit_code = RunBroker({*std::move(config), service, take_over, file});
  FlushLog();
  EventLog::OfProcess().Close();
  return exit_code;
}

}  // namespace

int RunCommandLine(const std::vector<std::string>& arguments) {
  // Debian's Abseil looks for cycles at every lock, which costs a fifth of an operation's instructions here; the builds
  // with ThreadSanitizer look for them as well.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  CLI::App app("Resource Broker: runs the logic of cluster resources outside RHS.", "resource_broker");
  app.footer(kFooter);
  app.set_version_flag("--version", "resource_broker " RESOURCE_BROKER_VERSION);
  app.require_subcommand(1);

  std::string config_file;
  bool service = false;
  bool start = false;
  bool take_over = false;
  std::string program;
  std::string output = "text";
  uint32_t timeout_s = 60;
  CLI::App* run = app.add_subcommand("run", "Run in the foreground, until Ctrl+C or SIGTERM");
  run->add_option("--config", config_file, "Configuration file (default: broker.json in the system's place for it)");
  run->add_flag("--service", service,
                "Run as a service: stderr is <data>/logs/panic.log; under Windows' service manager, which passes this")
      ->group("");
  run->add_flag("--take-over", take_over,
                "Take over from the broker that runs: it ends, its modules and their operations go on with this one")
      ->excludes("--service");
  CLI::App* check = app.add_subcommand("check-config", "Read the configuration and say what is wrong with it");
  check->add_option("--config", config_file, "Configuration file (default: as for run)");
  CLI::App* upgrade = app.add_subcommand("upgrade", "Have another program take over from the broker that runs");
  upgrade->add_option("PATH", program, "The new resource_broker program; it stays where it is")->required();
  upgrade->add_option("--config", config_file,
                      "Configuration file (default: the installed service's, else as for run)");
  upgrade->add_option("--timeout", timeout_s, "Seconds the new program has until it must serve (default 60)")
      ->check(CLI::Range(1, 3600));
  CLI::App* install = app.add_subcommand("install", "Register the Windows service");
  install->add_option("--config", config_file, "Configuration file the service is to use");
  install->add_flag("--start", start, "Start it as well");
  CLI::App* configure =
      app.add_subcommand("configure-service", "Set on the installed Windows service what an installer can't say");
  CLI::App* doctor =
      app.add_subcommand("doctor", "Look at the whole installation and say what is wrong and what to do");
  doctor->add_option("--config", config_file, "Configuration file (default: the installed service's, else as for run)");
  doctor->add_option("-o,--output", output, "text or json (default text)")->check(CLI::IsMember({"text", "json"}));
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
  if (run->parsed()) return Run(config_file, service, take_over);
  if (check->parsed()) return CheckConfig(config_file);
  if (upgrade->parsed()) return Upgrade(program, config_file, timeout_s);
  if (install->parsed()) return InstallService(std::filesystem::u8path(config_file), start);
  if (configure->parsed()) return ConfigureService();
  if (doctor->parsed()) return Doctor(config_file, output == "json");
  if (uninstall->parsed()) return UninstallService();
  if (start_command->parsed()) return StartInstalledService();
  if (stop_command->parsed()) return StopInstalledService();
  if (status->parsed()) return ShowServiceStatus();
  return kExitUsage;
}

}  // namespace resource_broker::broker
