// One attempt to open a pipe as a client.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "ipc/completion_thread_windows.h"
#include "ipc/peer.h"
#include "ipc/unique_handle_windows.h"

namespace resource_broker::ipc {

// Opens the pipe, waiting while all its instances are busy, and asks who serves before a byte is sent.
class PipeDial : public std::enable_shared_from_this<PipeDial> {
 public:
  // Called once, on the completion thread: the pipe, ready for overlapped operations there, or NotFound (nobody
  // serves), PermissionDenied (its descriptor, or `verify_server`'s word), DeadlineExceeded (busy until the deadline).
  using Done = std::function<void(absl::StatusOr<UniqueHandle>)>;

  // `name` as PipeName makes it.
  PipeDial(std::wstring name, PeerCheck verify_server, Done done);
  PipeDial(const PipeDial&) = delete;
  PipeDial& operator=(const PipeDial&) = delete;

  // Returns at once. The dial keeps itself alive until it is done.
  void Start(CompletionThread::Clock::time_point deadline);

 private:
  void Try(CompletionThread::Clock::time_point deadline);
  absl::StatusOr<UniqueHandle> Verified(UniqueHandle pipe) const;

  const std::wstring name_;
  const PeerCheck verify_server_;
  const Done done_;
};

}  // namespace resource_broker::ipc
