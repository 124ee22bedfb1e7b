#include "ipc/pipe_connector_windows.h"
// Before the system's headers.
#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "ipc/pipe_dial_windows.h"
#include "ipc/pipe_endpoint_windows.h"
#include "src/core/ext/transport/chttp2/transport/chttp2_transport.h"
#include "src/core/lib/iomgr/endpoint.h"
#include "src/core/lib/transport/transport.h"

namespace resource_broker::ipc {

void PipeConnector::Connect(const Args& args, Result* result, grpc_closure* notify) {
  const auto wait = std::max((args.deadline - grpc_core::Timestamp::Now()).millis(), int64_t{0});
  const auto deadline = CompletionThread::Clock::now() + std::chrono::milliseconds(wait);
  {
    absl::MutexLock lock(&mutex_);
    args_ = args;
    result_ = result;
    notify_ = notify;
    why_ = absl::OkStatus();
    deadline_ = deadline;
    ++attempt_;
  }
  auto on_dialed = [self = Self()](absl::StatusOr<UniqueHandle> pipe) mutable {
    GrpcScope scope;
    // Released within the scope, which what it holds may need.
    const auto connector = std::move(self);
    connector->OnDialed(std::move(pipe));
  };
  std::make_shared<PipeDial>(target_->name, target_->verify_server, std::move(on_dialed))->Start(deadline);
}

grpc_core::RefCountedPtr<PipeConnector> PipeConnector::Self() {
  return grpc_core::RefCountedPtr<PipeConnector>(static_cast<PipeConnector*>(Ref().release()));
}

void PipeConnector::OnDialed(absl::StatusOr<UniqueHandle> pipe) {
  absl::MutexLock lock(&mutex_);
  if (!why_.ok()) return Notify(why_);
  if (!pipe.ok()) {
    return Notify(absl::Status(pipe.status().code(), absl::StrCat(target_->address, ": ", pipe.status().message())));
  }
  BeginHttp2(*std::move(pipe));
}

void PipeConnector::BeginHttp2(UniqueHandle pipe) {
  grpc_endpoint* const endpoint =
      NewPipeEndpoint(std::move(pipe), target_->address, target_->address, nullptr, nullptr);
  transport_ = grpc_create_chttp2_transport(args_.channel_args, endpoint, /*is_client=*/true);
  result_->transport = transport_;
  result_->socket_node = grpc_chttp2_transport_get_socket_node(transport_);
  result_->channel_args = args_.channel_args;
  // The server may be no gRPC server: it is one when it has sent its SETTINGS. The closure runs in any case, with an
  // error if the connection ends before.
  GRPC_CLOSURE_INIT(&on_settings_, OnSettings, Self().release(), grpc_schedule_on_exec_ctx);
  grpc_chttp2_transport_start_reading(transport_, nullptr, &on_settings_, nullptr);
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline_ - CompletionThread::Clock::now());
  auto on_deadline = [self = Self(), attempt = attempt_]() mutable {
    GrpcScope scope;
    const auto connector = std::move(self);
    connector->OnDeadline(attempt);
  };
  timer_ = CompletionThread::Get().RunAfter(std::max(left, std::chrono::milliseconds(0)), std::move(on_deadline));
}

void PipeConnector::OnDeadline(uint64_t attempt) {
  absl::MutexLock lock(&mutex_);
  if (transport_ == nullptr || attempt != attempt_) return;
  GiveUp(absl::DeadlineExceededError(
      absl::StrCat(target_->address, ": the server accepted but did not begin HTTP/2 in time")));
}

void PipeConnector::GiveUp(grpc_error_handle why) {
  if (!why_.ok()) return;
  why_ = std::move(why);
  // Else it is still dialing, and OnDialed will look.
  if (transport_ == nullptr) return;
  // OnSettings follows.
  grpc_transport_op* const op = grpc_make_transport_op(nullptr);
  op->disconnect_with_error = why_;
  grpc_transport_perform_op(transport_, op);
}

void PipeConnector::OnSettings(void* arg, grpc_error_handle error) {
  const grpc_core::RefCountedPtr<PipeConnector> self(static_cast<PipeConnector*>(arg));
  absl::MutexLock lock(&self->mutex_);
  if (!self->why_.ok()) error = self->why_;
  if (!error.ok()) {
    grpc_transport_destroy(self->transport_);
    self->result_->Reset();
  }
  self->transport_ = nullptr;
  CompletionThread::Get().Cancel(self->timer_);
  self->Notify(std::move(error));
}

void PipeConnector::Notify(grpc_error_handle error) {
  grpc_core::ExecCtx::Run(DEBUG_LOCATION, std::exchange(notify_, nullptr), std::move(error));
}

void PipeConnector::Shutdown(grpc_error_handle error) {
  absl::MutexLock lock(&mutex_);
  if (shut_down_) return;
  shut_down_ = true;
  if (notify_ != nullptr) {
    GiveUp(std::move(error));
    return;
  }
  // A subchannel that is told of its connection after it was shut down drops the transport without destroying it
  // (gRPC 1.51.1): the pipe would stay open for ever, and the server's Shutdown wait for it. The subchannel calls this
  // under the lock under which it takes its result, so what is there now will not be taken any more.
  if (result_ != nullptr && result_->transport != nullptr) {
    grpc_transport_destroy(result_->transport);
    result_->Reset();
  }
}

}  // namespace resource_broker::ipc
