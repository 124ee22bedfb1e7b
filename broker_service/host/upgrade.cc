#include "broker_service/host/upgrade.h"

#include <cstdio>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "broker_service/host/command_line.h"
#include "broker_service/host/run_program.h"
#include "broker_service/journal/lock_file.h"

namespace resource_broker::broker {
namespace {

// The new program says its version, or reads the configuration.
constexpr absl::Duration kCheckLimit = absl::Seconds(20);
constexpr char kVersionLine[] = "resource_broker ";
constexpr char kConfigIsGood[] = "ok";

absl::StatusOr<std::string> Check(const UpgradeOptions& options, std::vector<std::string> arguments) {
  const std::string name = options.program.u8string();
  const std::string command = arguments.front();
  const absl::StatusOr<ProgramResult> result = RunProgram(options.program, std::move(arguments), kCheckLimit);
  if (!result.ok()) return absl::Status(result.status().code(), absl::StrCat(name, ": ", result.status().message()));
  if (result->exit_code == 0) return std::string(absl::StripAsciiWhitespace(result->output));
  return absl::FailedPreconditionError(absl::StrCat(name, " ", command, ": exit code ", result->exit_code, ": ",
                                                    absl::StripAsciiWhitespace(result->output)));
}

struct NewProgram {
  std::string version;
  // What it will do that can't be undone; empty: nothing.
  std::string notice;
};

// If it is a broker that takes the configuration.
absl::StatusOr<NewProgram> CheckProgram(const UpgradeOptions& options) {
  const absl::StatusOr<std::string> version = Check(options, {"--version"});
  if (!version.ok()) return version.status();
  if (!absl::StartsWith(*version, kVersionLine)) {
    return absl::FailedPreconditionError(absl::StrCat(options.program.u8string(), " is no resource_broker"));
  }
  std::vector<std::string> check = {"check-config"};
  if (!options.config_file.empty()) check.insert(check.end(), {"--config", options.config_file.u8string()});
  const absl::StatusOr<std::string> config = Check(options, std::move(check));
  if (!config.ok()) return config.status();
  NewProgram program{version->substr(sizeof(kVersionLine) - 1), *config};
  if (absl::StartsWith(program.notice, kConfigIsGood)) program.notice.erase(0, sizeof(kConfigIsGood) - 1);
  absl::StripAsciiWhitespace(&program.notice);
  return program;
}

int Refuse(const absl::Status& status) {
  fprintf(stderr, "resource_broker upgrade: %s\nNothing was changed.\n", std::string(status.message()).c_str());
  return kExitFailed;
}

}  // namespace

int UpgradeBroker(UpgradeOptions options) {
  std::error_code error;
  options.program = std::filesystem::absolute(options.program, error);
  if (!options.config_file.empty()) options.config_file = std::filesystem::absolute(options.config_file, error);
  const absl::StatusOr<RunningBroker> running = FindRunning(options.config);
  // One that could not be relied upon is often stopped when its successor comes.
  const bool stopped =
      absl::IsUnavailable(running.status()) && options.config_file == ConfigOfService() && ServiceIsStopped();
  if (absl::IsUnavailable(running.status()) && !stopped) {
    return Refuse(absl::UnavailableError(absl::StrCat("no broker runs at ", options.config.admin_address(),
                                                      ": there is nothing to upgrade, start the new program")));
  }
  if (!running.ok() && !stopped) return Refuse(running.status());
  const absl::StatusOr<LockFile> lock =
      LockFile::Take(std::filesystem::u8path(options.config.data_directory()) / "upgrade.lock", absl::ZeroDuration());
  if (absl::IsAborted(lock.status())) return Refuse(absl::AbortedError("another upgrade is under way"));
  if (!lock.ok()) return Refuse(lock.status());
  const absl::StatusOr<NewProgram> program = CheckProgram(options);
  if (!program.ok()) return Refuse(program.status());
  const std::string former =
      stopped ? "the stopped service"
              : absl::StrCat("resource_broker ", running->version, " (process ", running->process_id, ")");
  printf("%s -> %s (%s)\n", former.c_str(), program->version.c_str(), options.program.u8string().c_str());
  if (!program->notice.empty()) printf("Note: %s\n", program->notice.c_str());
  fflush(stdout);
  return stopped ? StartProgram(options) : ReplaceProgram(options, *running);
}

}  // namespace resource_broker::broker
