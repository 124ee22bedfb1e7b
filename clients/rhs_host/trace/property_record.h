// Private properties in a trace, so that a replay has them.
#pragma once

#include <string>

#include "clients/rhs_host/clusapi/property.h"
#include "clients/rhs_host/timeline.h"

namespace resource_broker::rhs_host {

// Members `name`, `type` (the registry's number) and `data` (hexadecimal).
Record PropertyRecord(const std::string& resource, const Property& property);

}  // namespace resource_broker::rhs_host
