// Who the bridge says it is when it opens a session.
#pragma once

#include <string>

#include "resource_broker/v1/bridge.pb.h"

namespace resource_broker::bridge {

// 16 random bytes: a session, or an operation.
std::string RandomId();

v1::OpenSessionRequest SessionRequest(const std::string& session_id);

// Empty if this bridge and a broker that answered so understand each other; else why not.
std::string Misfit(const v1::OpenSessionResponse& response);

}  // namespace resource_broker::bridge
