#include "broker_service/host/logging.h"

namespace resource_broker::broker {

bool StderrIsJournal() { return false; }

}  // namespace resource_broker::broker
