// What the configuration says, as each part of the broker wants to be told.
#pragma once

#include "broker_service/log.h"
#include "broker_service/modules/module_options.h"
#include "broker_service/operations/operation_engine.h"
#include "broker_service/operations/throttles.h"
#include "resource_broker/v1/config.pb.h"

namespace resource_broker::broker {

// `config` is complete, as ParseConfig gives it.
LogLevel LogLevelOf(const v1::BrokerConfig& config);
ThrottleLimits ThrottlesOf(const v1::BrokerConfig& config);
EngineOptions EngineOptionsOf(const v1::BrokerConfig& config);
ModuleOptions ModuleOptionsOf(const v1::BrokerConfig& config);

}  // namespace resource_broker::broker
