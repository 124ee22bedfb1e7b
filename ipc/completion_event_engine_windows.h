// gRPC's background work on the completion thread.
#pragma once

#include "ipc/grpc_internals_windows.h"
// Before the system's headers.
#include <grpc/event_engine/event_engine.h>

#include <memory>

namespace resource_broker::ipc {

// What gRPC 1.51 asks of an engine: to run something, at once or later. It has its own ways to connect, and ours.
class CompletionEventEngine : public grpc_event_engine::experimental::EventEngine {
 public:
  void Run(Closure* closure) override;
  void Run(absl::AnyInvocable<void()> closure) override;
  TaskHandle RunAfter(Duration when, Closure* closure) override;
  TaskHandle RunAfter(Duration when, absl::AnyInvocable<void()> closure) override;
  bool Cancel(TaskHandle handle) override;
  bool IsWorkerThread() override;

  // --- Not there: Unimplemented, or null ---
  absl::StatusOr<std::unique_ptr<Listener>> CreateListener(
      Listener::AcceptCallback on_accept, absl::AnyInvocable<void(absl::Status)> on_shutdown,
      const grpc_event_engine::experimental::EndpointConfig& config,
      std::unique_ptr<grpc_event_engine::experimental::MemoryAllocatorFactory> memory_allocator_factory) override;
  ConnectionHandle Connect(OnConnectCallback on_connect, const ResolvedAddress& address,
                           const grpc_event_engine::experimental::EndpointConfig& arguments,
                           grpc_event_engine::experimental::MemoryAllocator memory_allocator,
                           Duration timeout) override;
  bool CancelConnect(ConnectionHandle handle) override;
  std::unique_ptr<DNSResolver> GetDNSResolver(const DNSResolver::ResolverOptions& options) override;
};

}  // namespace resource_broker::ipc
