#include "ipc/completion_event_engine_windows.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <utility>

#include "ipc/completion_thread_windows.h"

namespace resource_broker::ipc {
namespace {

using grpc_event_engine::experimental::EndpointConfig;
using grpc_event_engine::experimental::EventEngine;
using grpc_event_engine::experimental::MemoryAllocator;
using grpc_event_engine::experimental::MemoryAllocatorFactory;
using Clock = CompletionThread::Clock;

// "Never" of gRPC's would overflow the clock.
constexpr EventEngine::Duration kLongest = std::chrono::hours(24 * 365);

absl::Status Unimplemented() { return absl::UnimplementedError("this process has no sockets"); }

}  // namespace

void CompletionEventEngine::Run(Closure* closure) {
  Run([closure] { closure->Run(); });
}

void CompletionEventEngine::Run(absl::AnyInvocable<void()> closure) { RunAfter(Duration::zero(), std::move(closure)); }

EventEngine::TaskHandle CompletionEventEngine::RunAfter(Duration when, Closure* closure) {
  return RunAfter(when, [closure] { closure->Run(); });
}

EventEngine::TaskHandle CompletionEventEngine::RunAfter(Duration when, absl::AnyInvocable<void()> closure) {
  // The thread's tasks can be copied, and this can't.
  auto shared = std::make_shared<absl::AnyInvocable<void()>>(std::move(closure));
  const auto delay =
      std::chrono::ceil<std::chrono::milliseconds>(std::clamp(when, Duration::zero(), Duration(kLongest)));
  const CompletionThread::Timer timer = CompletionThread::Get().RunAfter(delay, [shared]() mutable {
    const GrpcScope scope;
    const auto task = std::move(shared);
    (*task)();
  });
  return {static_cast<intptr_t>(timer.first.time_since_epoch().count()), static_cast<intptr_t>(timer.second)};
}

bool CompletionEventEngine::Cancel(TaskHandle handle) {
  return CompletionThread::Get().Cancel(
      {Clock::time_point(Clock::duration(handle.keys[0])), static_cast<uint64_t>(handle.keys[1])});
}

bool CompletionEventEngine::IsWorkerThread() { return CompletionThread::Get().OnThread(); }

absl::StatusOr<std::unique_ptr<EventEngine::Listener>> CompletionEventEngine::CreateListener(
    Listener::AcceptCallback, absl::AnyInvocable<void(absl::Status)>, const EndpointConfig&,
    std::unique_ptr<MemoryAllocatorFactory>) {
  return Unimplemented();
}

EventEngine::ConnectionHandle CompletionEventEngine::Connect(OnConnectCallback on_connect, const ResolvedAddress&,
                                                             const EndpointConfig&, MemoryAllocator, Duration) {
  Run([on_connect = std::move(on_connect)]() mutable { on_connect(Unimplemented()); });
  return {-1, -1};
}

bool CompletionEventEngine::CancelConnect(ConnectionHandle) { return false; }

std::unique_ptr<EventEngine::DNSResolver> CompletionEventEngine::GetDNSResolver(const DNSResolver::ResolverOptions&) {
  return nullptr;
}

}  // namespace resource_broker::ipc
