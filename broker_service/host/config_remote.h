// The parts of broker.json that are about the network.
#pragma once

#include "absl/status/status.h"
#include "resource_broker/v1/config.pb.h"

namespace resource_broker::broker {

// Fill in the defaults and check the rest; InvalidArgument names the key. Paths stay as they are written.
absl::Status CompleteRemote(v1::BrokerConfig::Remote* remote);
absl::Status CompleteMetrics(v1::BrokerConfig::Metrics* metrics);

}  // namespace resource_broker::broker
