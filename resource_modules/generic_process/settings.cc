#include "resource_modules/generic_process/settings.h"

#include <utility>

#include "resource_modules/program_properties/program_properties.h"

namespace resource_broker::generic_process {

absl::StatusOr<Settings> ReadSettings(const sdk::Properties& properties) {
  Settings settings;
  absl::StatusOr<process::ProcessSpec> spec = process::ReadProgramProperties(properties);
  if (!spec.ok()) return spec.status();
  absl::StatusOr<std::chrono::milliseconds> grace = properties.Milliseconds("StartGraceMs", settings.start_grace);
  if (!grace.ok()) return grace.status();
  // Read again when it is needed; here, so that Open says what is wrong with it.
  absl::StatusOr<std::chrono::milliseconds> stop = properties.Milliseconds("StopTimeoutMs", kDefaultStopTimeout);
  if (!stop.ok()) return stop.status();
  settings.process = *std::move(spec);
  settings.start_grace = *grace;
  return settings;
}

}  // namespace resource_broker::generic_process
