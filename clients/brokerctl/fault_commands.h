// `brokerctl fault …`.
#pragma once

#include <functional>
#include <string>

#include "CLI/CLI.hpp"
#include "absl/status/statusor.h"
#include "clients/brokerctl/admin_client.h"

namespace resource_broker::brokerctl {

// What to print; empty where there is nothing to say.
using FaultCommand = std::function<absl::StatusOr<std::string>(AdminClient& client, bool json)>;

// Adds the subcommand to `app`. The one that is given on the command line is put into `chosen`, by its callback; both
// must live until it has been parsed.
void AddFaultCommands(CLI::App* app, FaultCommand* chosen);

// In JSON every field of every point is there, also where it is 0 or empty.
std::string FormatFaultPoints(const v1::ListFaultPointsResponse& response, bool json);

}  // namespace resource_broker::brokerctl
