// Keeps gRPC's callback threads alive.
#pragma once

namespace resource_broker::broker {

// For the rest of the process; idempotent, thread-safe. gRPC 1.51 ends these threads with their last user, a channel or
// a server. Where that is the channel to a module that ends on such a thread, the thread waits for itself, and where
// another user comes just then, the process is aborted. So there is always one more user.
void KeepCallbackThreads();

}  // namespace resource_broker::broker
