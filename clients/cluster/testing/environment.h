// This process' environment.
#pragma once

#include <string>

namespace resource_broker::cluster::testing {

void SetEnvironment(const std::string& name, const std::string& value);

}  // namespace resource_broker::cluster::testing
