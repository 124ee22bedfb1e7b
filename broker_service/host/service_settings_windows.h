// What the service manager is told of the service beyond how to start it.
#pragma once

#include "broker_service/host/service_control_windows.h"

namespace resource_broker::broker {

// Sets all of it, whatever was there, and as often as one likes: description, delayed start (where it starts by
// itself), time for a shutdown, restarts after a failure (a stop with an exit code other than 0 is one too), SID,
// privileges and security descriptor. Says on stdout or stderr what was done. False: something was refused, and all
// else is done. What the system does not know (Wine lacks some of it) is told of and gone without.
//
// The dependencies are left alone, and there are none: what the broker needs (named pipes, files) is there before any
// service, and the network may come later, as its listener is bound to an address. The cluster service is no
// dependency, since modules must live on when that one stops, and the bridge waits for a broker that is late.
bool ApplyServiceSettings(const ServiceHandle& service);

// The access right ApplyServiceSettings needs.
inline constexpr DWORD kApplyAccess =
    SERVICE_CHANGE_CONFIG | SERVICE_QUERY_CONFIG | SERVICE_START | READ_CONTROL | WRITE_DAC;

}  // namespace resource_broker::broker
