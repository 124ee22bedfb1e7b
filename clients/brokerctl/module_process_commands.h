// `brokerctl modules drain|logs`.
#pragma once

#include "clients/brokerctl/command.h"

namespace resource_broker::brokerctl {

// Adds what it has to `modules`; what of it is given is put into `chosen` by its callback. Both must live until it has
// been run.
void AddModuleProcessCommands(CLI::App* modules, Command* chosen);

}  // namespace resource_broker::brokerctl
