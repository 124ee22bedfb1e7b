// Where brokerctl looks for the broker when it is not told.
#pragma once

namespace resource_broker::brokerctl {

// The default of `admin_address` in broker.json.
const char* DefaultAdminAddress();

}  // namespace resource_broker::brokerctl
