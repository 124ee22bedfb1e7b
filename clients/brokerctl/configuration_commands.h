// `brokerctl config …`.
#pragma once

#include "clients/brokerctl/command.h"

namespace resource_broker::brokerctl {

// Adds what it has to `app`; what of it is given is put into `chosen` by its callback. Both must live until it has been
// run.
void AddConfigurationCommands(CLI::App* app, Command* chosen);

}  // namespace resource_broker::brokerctl
