// Two configurations, key by key.
#pragma once

#include <string>
#include <vector>

#include "google/protobuf/message.h"

namespace resource_broker::broker {

// The keys in which they differ, as broker.json has them ("limits.maxRunningOperations"), in the order of the contract:
// of messages that both have, their keys; of one that is only there in one, its own. Both are of one type.
std::vector<std::string> DifferingKeys(const google::protobuf::Message& a, const google::protobuf::Message& b);

// Makes `to` what `from` is in that key.
void CopyKey(const google::protobuf::Message& from, const std::string& key, google::protobuf::Message* to);

}  // namespace resource_broker::broker
