#include "clients/brokerctl/default_address.h"

namespace resource_broker::brokerctl {

const char* DefaultAdminAddress() { return "npipe:////./pipe/resource-broker-admin-v1"; }

}  // namespace resource_broker::brokerctl
