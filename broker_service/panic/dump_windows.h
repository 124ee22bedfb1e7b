// Minidumps of this process, written by itself while it dies.
#pragma once

#include <winsock2.h>
// After winsock2.h, which it would replace by its older self.
#include <windows.h>

#include <filesystem>

#include "broker_service/panic/panic_line.h"

namespace resource_broker::broker {

// Makes ready what can be: loads dbghelp.dll, and removes dumps of before from `folder` but the newest, so that with
// one more there are kKeptDumps.
void PrepareDumps(const std::filesystem::path& folder);

// Writes <folder>/resource_broker-<UTC time>-<process>.dmp and adds its path to `line`, or why there is none. A thread
// of its own writes it, since the calling one's stack may be what broke, and is waited for no longer than 20 seconds.
// The dump holds the threads' stacks, registers and times and the list of modules, and nothing of the heap: so what a
// resource was given may be in it only where a stack had it.
void WriteDump(EXCEPTION_POINTERS* exception, PanicLine* line);

}  // namespace resource_broker::broker
