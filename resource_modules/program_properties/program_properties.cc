#include "resource_modules/program_properties/program_properties.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

namespace resource_broker::process {

absl::StatusOr<ProcessSpec> ReadProgramProperties(const sdk::Properties& properties) {
  absl::StatusOr<std::string> executable = properties.Text("Executable");
  if (!executable.ok()) return executable.status();
  absl::StatusOr<std::vector<std::string>> arguments = properties.TextList("Arguments");
  if (!arguments.ok()) return arguments.status();
  absl::StatusOr<std::string> folder = properties.Text("WorkingDirectory", "");
  if (!folder.ok()) return folder.status();
  absl::StatusOr<std::vector<std::string>> environment = properties.TextList("Environment");
  if (!environment.ok()) return environment.status();

  ProcessSpec spec;
  spec.executable = *std::move(executable);
  spec.arguments = *std::move(arguments);
  spec.working_directory = *std::move(folder);
  for (const std::string& entry : *environment) {
    size_t equals = entry.find('=');
    if (equals == 0 || equals == std::string::npos) {
      return absl::InvalidArgumentError(absl::StrCat("property Environment: \"", entry, "\" is not NAME=VALUE"));
    }
    spec.environment.emplace_back(entry.substr(0, equals), entry.substr(equals + 1));
  }
  return spec;
}

}  // namespace resource_broker::process
