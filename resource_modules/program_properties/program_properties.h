// The properties by which a resource names a program: Executable, Arguments, WorkingDirectory, Environment.
#pragma once

#include "absl/status/statusor.h"
#include "resource_modules/process/process_tree.h"
#include "resource_modules/sdk/properties.h"

namespace resource_broker::process {

// What they say; generic_process.h and generic_script.h describe them for administrators. InvalidArgument naming the
// property that is missing or wrong.
absl::StatusOr<ProcessSpec> ReadProgramProperties(const sdk::Properties& properties);

}  // namespace resource_broker::process
