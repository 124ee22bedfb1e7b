#include "clients/brokerctl/testing/lost_connection.h"

namespace resource_broker::brokerctl {

bool LostByWine(const std::string& errors) { return false; }

}  // namespace resource_broker::brokerctl
