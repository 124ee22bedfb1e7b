// Who is told of events.
#pragma once

#include <string>

#include "resource_broker/v1/bridge.pb.h"
#include "resource_broker/v1/types.pb.h"

namespace resource_broker::broker {

// One attached session's stream. Thread-safe; Deliver must not block, and drops what comes after the stream has ended.
class SessionListener {
 public:
  virtual ~SessionListener() = default;
  virtual void Deliver(v1::SessionEvent event) = 0;
};

}  // namespace resource_broker::broker
