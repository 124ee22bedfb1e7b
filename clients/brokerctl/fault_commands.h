// `brokerctl fault …`.
#pragma once

#include "clients/brokerctl/command.h"
#include "resource_broker/v1/faults.pb.h"

namespace resource_broker::brokerctl {

// Adds its subcommand to `app`; the one below it that is given is put into `chosen` by its callback. Both must live
// until it has been run.
void AddFaultCommands(CLI::App* app, Command* chosen);

// In JSON every field of every point is there, also where it is 0 or empty.
Answer AnswerOfFaultPoints(v1::ListFaultPointsResponse response);

}  // namespace resource_broker::brokerctl
