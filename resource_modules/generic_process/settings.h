// What a generic_process resource's properties say.
#pragma once

#include <chrono>

#include "absl/status/statusor.h"
#include "resource_modules/process/process_tree.h"
#include "resource_modules/sdk/properties.h"

namespace resource_broker::generic_process {

inline constexpr std::chrono::milliseconds kDefaultStopTimeout{30000};

struct Settings {
  process::ProcessSpec process;
  std::chrono::milliseconds start_grace{500};
};

// InvalidArgument naming the property.
absl::StatusOr<Settings> ReadSettings(const sdk::Properties& properties);

}  // namespace resource_broker::generic_process
