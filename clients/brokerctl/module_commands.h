// `brokerctl modules …` for packages.
#pragma once

#include <functional>
#include <string>

#include "CLI/CLI.hpp"
#include "absl/status/statusor.h"
#include "clients/brokerctl/admin_client.h"

namespace resource_broker::brokerctl {

// What to print.
using ModuleCommand = std::function<absl::StatusOr<std::string>(AdminClient& client, bool json)>;

// Adds pack, stage and remove to `modules`. The one that is given on the command line is put into `chosen`, by its
// callback; both must live until it has been parsed.
void AddModuleCommands(CLI::App* modules, ModuleCommand* chosen);

}  // namespace resource_broker::brokerctl
