#include "resource_modules/generic_process/settings.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace resource_broker::generic_process {

absl::StatusOr<Settings> ReadSettings(const sdk::Properties& properties) {
  Settings settings;
  absl::StatusOr<std::string> executable = properties.Text("Executable");
  if (!executable.ok()) return executable.status();
  absl::StatusOr<std::vector<std::string>> arguments = properties.TextList("Arguments");
  if (!arguments.ok()) return arguments.status();
  absl::StatusOr<std::string> folder = properties.Text("WorkingDirectory", "");
  if (!folder.ok()) return folder.status();
  absl::StatusOr<std::vector<std::string>> environment = properties.TextList("Environment");
  if (!environment.ok()) return environment.status();
  absl::StatusOr<std::chrono::milliseconds> grace = properties.Milliseconds("StartGraceMs", settings.start_grace);
  if (!grace.ok()) return grace.status();
  absl::StatusOr<std::chrono::milliseconds> stop = properties.Milliseconds("StopTimeoutMs", kDefaultStopTimeout);
  if (!stop.ok()) return stop.status();

  settings.process.executable = *std::move(executable);
  settings.process.arguments = *std::move(arguments);
  settings.process.working_directory = *std::move(folder);
  settings.start_grace = *grace;
  for (const std::string& entry : *environment) {
    size_t equals = entry.find('=');
    if (equals == 0 || equals == std::string::npos) {
      return absl::InvalidArgumentError(absl::StrCat("property Environment: \"", entry, "\" is not NAME=VALUE"));
    }
    settings.process.environment.emplace_back(entry.substr(0, equals), entry.substr(equals + 1));
  }
  return settings;
}

}  // namespace resource_broker::generic_process
