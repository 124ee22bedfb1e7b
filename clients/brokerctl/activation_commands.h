// `brokerctl modules list|activate|rollback`.
#pragma once

#include "clients/brokerctl/command.h"
#include "resource_broker/v1/activation.pb.h"

namespace resource_broker::brokerctl {

// Adds them to `modules`; the one that is given is put into `chosen` by its callback. Both must live until it has been
// run.
void AddActivationCommands(CLI::App* modules, Command* chosen);

// One line a version.
Answer AnswerOfVersions(v1::ListModuleVersionsResponse response);

}  // namespace resource_broker::brokerctl
