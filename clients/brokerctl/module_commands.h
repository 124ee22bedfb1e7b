// `brokerctl modules pack|stage|remove`: packages.
#pragma once

#include "clients/brokerctl/command.h"

namespace resource_broker::brokerctl {

// Adds them to `modules`; the one that is given is put into `chosen` by its callback. Both must live until it has been
// run.
void AddModuleCommands(CLI::App* modules, Command* chosen);

}  // namespace resource_broker::brokerctl
