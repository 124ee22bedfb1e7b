// Work that may wait for other work.
#pragma once

namespace resource_broker::broker {

// From now on the calling thread gives way to all that is not so: what RHS waits for goes before what people look at.
// Where the system refuses, nothing changes.
void LowerThreadPriority();

}  // namespace resource_broker::broker
