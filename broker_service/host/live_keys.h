// What of the configuration a reload takes over; all else needs a restart.
#pragma once

#include <string>
#include <vector>

namespace resource_broker::broker {

// As broker.json has them, by who takes them over.
std::vector<std::string> LiveLogKeys();
std::vector<std::string> LiveThrottleKeys();
std::vector<std::string> LiveGrantKeys();

// All of these.
std::vector<std::string> LiveKeys();

}  // namespace resource_broker::broker
