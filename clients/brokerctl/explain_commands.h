// `brokerctl explain`.
#pragma once

#include "clients/brokerctl/brokerctl.pb.h"
#include "clients/brokerctl/command.h"

namespace resource_broker::brokerctl {

// Adds it to `app`; it is put into `chosen` by its callback. Both must live until it has been run.
void AddExplainCommands(CLI::App* app, Command* chosen);

// All that `text` may mean: a Win32 code in decimal, hexadecimal or as an HRESULT, bits of OfflineFlags, a name of a
// code, flag, event, state. Empty text: all there are. NotFound.
absl::StatusOr<Explanations> Explain(const std::string& text);

}  // namespace resource_broker::brokerctl
