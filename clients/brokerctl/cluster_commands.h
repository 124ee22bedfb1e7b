// `brokerctl cluster …`: the bridge's resource type in a failover cluster (docs/cluster.md).
#pragma once

#include "clients/brokerctl/command.h"

namespace resource_broker::brokerctl {

// Adds its subcommand to `app`; the one below it that is given is put into `chosen` by its callback. Both must live
// until it has been run.
void AddClusterCommands(CLI::App* app, Command* chosen);

}  // namespace resource_broker::brokerctl
