// Who calls over the local pipe or socket.
#pragma once

#include "broker_service/access/door.h"

namespace resource_broker::broker {

// With every role: the listener has let it in. Natively gRPC tells handlers nothing of a socket's other end, so the
// account is named only where no other is let in.
Caller LocalCaller(const grpc::ServerContextBase& context);

}  // namespace resource_broker::broker
