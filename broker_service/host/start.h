// From options to a broker that serves.
#pragma once

#include "broker_service/host/broker.h"
#include "broker_service/host/service.h"

namespace resource_broker::broker {

// Starts `broker`, perhaps in place of the one that runs. kExitOk: it serves. Else the log says why not, and what to
// do. If the one before has ended by then, the process ends here, with kExitNoBroker.
int StartBroker(const RunOptions& options, Broker* broker);

// Has `broker` end for an upgrade, and then the process with kExitOk.
[[noreturn]] void EndForUpgrade(const RunOptions& options, Broker* broker);

}  // namespace resource_broker::broker
