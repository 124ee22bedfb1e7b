#include "clients/brokerctl/default_address.h"

namespace resource_broker::brokerctl {

const char* DefaultAdminAddress() { return "unix:/run/resource-broker/admin.sock"; }

}  // namespace resource_broker::brokerctl
