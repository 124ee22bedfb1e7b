// `brokerctl status` and `brokerctl sessions`.
#pragma once

#include "clients/brokerctl/command.h"
#include "resource_broker/v1/admin.pb.h"

namespace resource_broker::brokerctl {

// Adds them to `app`; the one that is given is put into `chosen` by its callback. Both must live until it has been run.
void AddStatusCommands(CLI::App* app, Command* chosen);

Answer AnswerOfStatus(v1::GetStatusResponse status);

}  // namespace resource_broker::brokerctl
