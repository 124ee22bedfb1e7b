// `brokerctl pki init`.
#pragma once

#include "clients/brokerctl/command.h"

namespace resource_broker::brokerctl {

// Adds its subcommand to `app`; `init` is put into `chosen` by its callback. --node and the like are those of
// `globals`. All three must live until it has been run.
void AddPkiCommands(CLI::App* app, const Globals* globals, Command* chosen);

}  // namespace resource_broker::brokerctl
