// What the bridge asks of the process it was loaded into, RHS or a stand-in.
#pragma once

#include <cstdint>
#include <string>

#include "bridge_dll/win32_types.h"

namespace resource_broker::bridge {

// Keeps this module loaded until the process ends. gRPC's threads run its code and are never stopped, so unloading it
// would crash the host. May be called while the module is being loaded. False if the system refuses.
bool PinThisModule();

uint32_t HostProcessId();

// This node's name, UTF-8, as the cluster knows it; empty if the system does not tell.
std::string NodeName();

// What the host reads with GetLastError after a NULL RESID; natively it reads errno.
void SetLastErrorCode(resapi::DWORD code);

// A function of clusapi.dll: on Windows from the DLL beside the host's program or in the system's folder, natively from
// what the host's program exports. Null if there is none.
void* FindClusterFunction(const char* name);

}  // namespace resource_broker::bridge
