// The files that are made of the list of events.
#pragma once

#include <string>

namespace resource_broker::broker::testing {

// events.mc, of which windmc makes the message table in resource_broker.exe.
std::string EventMessages();

// docs/event_ids.md.
std::string EventDocument();

}  // namespace resource_broker::broker::testing
