// The real resource DLL, loaded as RHS loads it.
#pragma once

#include <string>

#include "bridge_dll/resapi.h"

namespace resource_broker::bridge::testing {

// Loaded once per process from the stage (the program was built with its path), and never unloaded. Null if it can't
// be, with the reason on stderr.
resapi::PSTARTUP_EX_ROUTINE LoadStartupEx();

// An export by its name; null if there is none.
void* FindExport(const char* name);

// Gives back the reference that loading took, as a host does that has had enough of the DLL. Everything above works on.
void ReleaseDll();

// What GetLastError gives on this thread; natively errno.
resapi::DWORD LastErrorCode();

}  // namespace resource_broker::bridge::testing
