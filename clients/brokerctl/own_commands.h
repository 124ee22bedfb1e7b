// `brokerctl completion` and `brokerctl version`.
#pragma once

#include "clients/brokerctl/command.h"

namespace resource_broker::brokerctl {

// Adds them to `app`; the one that is given is put into `chosen` by its callback. Both must live until it has been run.
void AddOwnCommands(CLI::App* app, Command* chosen);

}  // namespace resource_broker::brokerctl
