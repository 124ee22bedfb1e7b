#include <cstdlib>

#include "clients/cluster/testing/environment.h"

namespace resource_broker::cluster::testing {

void SetEnvironment(const std::string& name, const std::string& value) { setenv(name.c_str(), value.c_str(), 1); }

}  // namespace resource_broker::cluster::testing
