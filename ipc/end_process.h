// The end of a process in which threads still run.
#pragma once

namespace resource_broker::ipc {

// Ends the process at once: no destructor runs, nothing of a DLL either, and nothing is flushed, which is the caller's.
// Any thread.
//
// gRPC's threads run to the very end of a process that has used it. Windows' ExitProcess, and so the C library's
// exit(), kills them wherever they are and runs each library's DLL_PROCESS_DETACH then, which may wait forever for a
// lock that one of them held (MSDN, ExitProcess; it says to use TerminateProcess where that can't be excluded).
// Under Wine 4 of 3,000 runs of brokerctl waited so.
[[noreturn]] void EndProcess(int exit_code);

}  // namespace resource_broker::ipc
