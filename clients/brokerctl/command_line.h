// The whole command line.
#pragma once

#include "CLI/CLI.hpp"
#include "clients/brokerctl/command.h"
#include "clients/brokerctl/globals.h"

namespace resource_broker::brokerctl {

// Fills `app`; parsing fills the others. All three must live until the command has been run.
void BuildCommandLine(CLI::App* app, Globals* globals, Command* chosen);

}  // namespace resource_broker::brokerctl
