#include "broker_service/host/live_keys.h"

namespace resource_broker::broker {

std::vector<std::string> LiveLogKeys() { return {"logLevel", "logging.format", "logging.maxEventsPerMinute"}; }

std::vector<std::string> LiveThrottleKeys() {
  return {"limits.maxRunningOperations", "limits.maxRunningPerModule", "limits.maxRunningPerDestination"};
}

std::vector<std::string> LiveGrantKeys() { return {"remote.grants"}; }

std::vector<std::string> LiveKeys() {
  std::vector<std::string> all;
  for (const auto& keys : {LiveLogKeys(), LiveThrottleKeys(), LiveGrantKeys()}) {
    all.insert(all.end(), keys.begin(), keys.end());
  }
  return all;
}

}  // namespace resource_broker::broker
