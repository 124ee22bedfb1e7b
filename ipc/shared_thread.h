// gRPC with as few threads as it can do with, for a client that lives in somebody else's process.
#pragma once

namespace resource_broker::ipc {

// On Windows, what gRPC runs in the background from here on runs on the one thread that all pipes of the process live
// on: its timed tasks, and the callbacks of calls, which therefore must not block. That is five threads less, and none
// has to wake another for an answer. Nobody polls for TCP any more, so channels to TCP addresses do not work; and gRPC
// stays initialised for the rest of the process. On Linux nothing changes: gRPC is a shared library that only its own
// threads can serve.
//
// To be called before the first Connect of the process, as often as one likes; thread-safe. The program is to be linked
// with rb::ipc_shared_thread, which lets gRPC ask.
void ShareThread();

}  // namespace resource_broker::ipc
