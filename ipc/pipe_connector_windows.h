// A connection of a gRPC channel over a named pipe, from opening the pipe to HTTP/2's first answer.
#pragma once

#include "ipc/grpc_internals_windows.h"
// Before the system's headers.
#include <cstdint>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "ipc/completion_thread_windows.h"
#include "ipc/peer.h"
#include "ipc/unique_handle_windows.h"
#include "src/core/ext/filters/client_channel/connector.h"
#include "src/core/lib/gprpp/ref_counted.h"

namespace resource_broker::ipc {

// Where a channel leads. It travels in the channel's arguments.
class PipeTarget : public grpc_core::RefCounted<PipeTarget> {
 public:
  PipeTarget(std::string address, std::wstring name, PeerCheck verify_server)
      : address(std::move(address)), name(std::move(name)), verify_server(std::move(verify_server)) {}

  // As gRPC's channel arguments ask it of what is put into them.
  static absl::string_view ChannelArgName() { return "resource_broker.ipc.pipe_target"; }
  static int ChannelArgsCompare(const PipeTarget* a, const PipeTarget* b) { return a < b ? -1 : (a == b ? 0 : 1); }

  const std::string address;
  const std::wstring name;
  const PeerCheck verify_server;
};

// Makes one connection at a time, for one subchannel.
class PipeConnector : public grpc_core::SubchannelConnector {
 public:
  explicit PipeConnector(grpc_core::RefCountedPtr<PipeTarget> target) : target_(std::move(target)) {}

  void Connect(const Args& args, Result* result, grpc_closure* notify) override;
  void Shutdown(grpc_error_handle error) override;

 private:
  void OnDialed(absl::StatusOr<UniqueHandle> pipe);
  void OnDeadline(uint64_t attempt);
  static void OnSettings(void* self, grpc_error_handle error);
  void BeginHttp2(UniqueHandle pipe) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void GiveUp(grpc_error_handle why) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Notify(grpc_error_handle error) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  grpc_core::RefCountedPtr<PipeConnector> Self();

  const grpc_core::RefCountedPtr<PipeTarget> target_;

  absl::Mutex mutex_;
  bool shut_down_ ABSL_GUARDED_BY(mutex_) = false;
  Args args_ ABSL_GUARDED_BY(mutex_);
  // The subchannel's. Kept beyond the notice, see Shutdown.
  Result* result_ ABSL_GUARDED_BY(mutex_) = nullptr;
  // While an attempt goes on.
  grpc_closure* notify_ ABSL_GUARDED_BY(mutex_) = nullptr;
  // While the server's SETTINGS are awaited.
  grpc_transport* transport_ ABSL_GUARDED_BY(mutex_) = nullptr;
  // Set when the attempt is to fail, whatever comes.
  grpc_error_handle why_ ABSL_GUARDED_BY(mutex_);
  CompletionThread::Clock::time_point deadline_ ABSL_GUARDED_BY(mutex_);
  CompletionThread::Timer timer_ ABSL_GUARDED_BY(mutex_);
  uint64_t attempt_ ABSL_GUARDED_BY(mutex_) = 0;
  grpc_closure on_settings_;
};

}  // namespace resource_broker::ipc
