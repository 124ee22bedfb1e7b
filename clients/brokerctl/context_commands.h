// `brokerctl context …`.
#pragma once

#include "clients/brokerctl/command.h"

namespace resource_broker::brokerctl {

// Adds its subcommand to `app`; the one below it that is given is put into `chosen` by its callback. What `globals` say
// of nodes and credentials is what `add` writes down. All three must live until it has been run.
void AddContextCommands(CLI::App* app, const Globals* globals, Command* chosen);

}  // namespace resource_broker::brokerctl
