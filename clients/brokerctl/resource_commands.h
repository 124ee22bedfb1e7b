// `brokerctl resources …`.
#pragma once

#include "clients/brokerctl/command.h"
#include "resource_broker/v1/admin.pb.h"

namespace resource_broker::brokerctl {

// Adds its subcommand to `app`; the one below it that is given is put into `chosen` by its callback. Both must live
// until it has been run.
void AddResourceCommands(CLI::App* app, Command* chosen);

Answer AnswerOfResources(v1::ListResourcesResponse resources);

}  // namespace resource_broker::brokerctl
