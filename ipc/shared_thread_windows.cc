#include "ipc/grpc_internals_windows.h"
#include "ipc/shared_thread.h"
// Before the system's headers.
#include <grpc/grpc.h>

#include <atomic>
#include <memory>

#include "ipc/completion_event_engine_windows.h"
#include "ipc/completion_thread_windows.h"
#include "src/core/lib/iomgr/executor.h"

namespace resource_broker::ipc {
namespace {

std::atomic<bool> g_shared{false};

}  // namespace

// gRPC asks whether somebody polls without being asked. If nobody does it keeps two threads for callbacks. The linker
// gives these in place of gRPC's own, see CMakeLists.txt.
bool RunsInBackground() __asm__("__wrap__Z28grpc_iomgr_run_in_backgroundv");
bool IsBackgroundThread() __asm__("__wrap__Z42grpc_iomgr_is_any_background_poller_threadv");

bool RunsInBackground() { return g_shared.load(std::memory_order_relaxed); }

bool IsBackgroundThread() { return g_shared.load(std::memory_order_relaxed) && CompletionThread::Get().OnThread(); }

void ShareThread() {
  [[maybe_unused]] static const bool once = [] {
    grpc_event_engine::experimental::SetEventEngineFactory([] { return std::make_unique<CompletionEventEngine>(); });
    g_shared = true;
    grpc_init();
    // One of gRPC's two executors looks up names of hosts, of which pipes have none.
    const grpc_core::ExecCtx scope;
    grpc_core::Executor::SetThreadingAll(false);
    grpc_core::Executor::SetThreadingDefault(true);
    return true;
  }();
}

}  // namespace resource_broker::ipc
