// A cluster resource, as the broker describes it to a module.
#pragma once

#include <string>

#include "resource_modules/sdk/properties.h"

namespace resource_broker::sdk {

struct Resource {
  // Its name in the cluster; what it is known by in every call.
  std::string name;
  // The resource type's name as registered in the cluster.
  std::string type;
  // Its private properties, as of the last Open or operation.
  Properties properties{"property"};
};

}  // namespace resource_broker::sdk
