// `brokerctl modules list|activate|rollback`.
#pragma once

#include <functional>
#include <string>

#include "CLI/CLI.hpp"
#include "absl/status/statusor.h"
#include "clients/brokerctl/admin_client.h"

namespace resource_broker::brokerctl {

// What to print.
using ActivationCommand = std::function<absl::StatusOr<std::string>(AdminClient& client, bool json)>;

// Adds its subcommands to `modules`. The one that is given on the command line is put into `chosen`, by its callback;
// both must live until it has been parsed.
void AddActivationCommands(CLI::App* modules, ActivationCommand* chosen);

// One line a version.
std::string FormatModuleVersions(const v1::ListModuleVersionsResponse& response);

}  // namespace resource_broker::brokerctl
