#include "ipc/grpc_internals_windows.h"
// Before the system's headers.
#include <grpc/slice.h>
#include <grpc/slice_buffer.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <functional>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "ipc/completion_thread_windows.h"
#include "ipc/error_windows.h"
#include "ipc/pipe_endpoint_windows.h"
#include "src/core/lib/iomgr/endpoint.h"
#include "src/core/lib/iomgr/error.h"
#include "src/core/lib/iomgr/iomgr_internal.h"

namespace resource_broker::ipc {
namespace {

// A read that fills the small buffer is followed by one into a large one, so that an idle connection keeps little.
constexpr size_t kSmallRead = 8 << 10;
constexpr size_t kLargeRead = 64 << 10;

// Pipes have no gathering write: what is smaller is copied together up to this, what is larger goes as it is.
constexpr size_t kGather = 64 << 10;

std::atomic<size_t> g_write_limit{0};

// How a call of the system went.
struct Transfer {
  bool pending;
  DWORD error;
  DWORD bytes;
};

class PipeEndpoint : public grpc_endpoint, public std::enable_shared_from_this<PipeEndpoint> {
 public:
  PipeEndpoint(UniqueHandle pipe, std::string peer, std::string local, std::shared_ptr<void> held,
               std::function<size_t(size_t)> tap);
  ~PipeEndpoint();
  PipeEndpoint(const PipeEndpoint&) = delete;
  PipeEndpoint& operator=(const PipeEndpoint&) = delete;

  // gRPC's share, until Destroy.
  void Own() { owned_ = shared_from_this(); }

  void Read(grpc_slice_buffer* slices, grpc_closure* done);
  void Write(grpc_slice_buffer* slices, grpc_closure* done);
  void Shutdown(grpc_error_handle why);
  void Destroy();
  absl::string_view peer() const { return peer_; }
  absl::string_view local() const { return local_; }

 private:
  Transfer IssueRead() ABSL_LOCKS_EXCLUDED(mutex_);
  Transfer IssueWrite() ABSL_LOCKS_EXCLUDED(mutex_);
  void ContinueRead(Transfer transfer);
  void ContinueWrite(Transfer transfer);
  void OnReadEnded(DWORD error, DWORD bytes);
  void OnWriteEnded(DWORD error, DWORD bytes);
  void TakeRead(size_t bytes);
  void NextChunk();
  void Finish(grpc_closure* done, DWORD error, const char* what);
  Transfer Issued(bool ok, Operation* operation, std::shared_ptr<PipeEndpoint>* hold)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Settle(std::shared_ptr<PipeEndpoint>* hold) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const std::string peer_;
  const std::string local_;
  const std::shared_ptr<void> held_;
  const std::function<size_t(size_t)> tap_;
  grpc_iomgr_object registration_;
  std::shared_ptr<PipeEndpoint> owned_;

  absl::Mutex mutex_;
  UniqueHandle pipe_ ABSL_GUARDED_BY(mutex_);
  bool shut_down_ ABSL_GUARDED_BY(mutex_) = false;
  grpc_error_handle why_ ABSL_GUARDED_BY(mutex_);
  // Set while the system works on an operation.
  std::shared_ptr<PipeEndpoint> reading_ ABSL_GUARDED_BY(mutex_);
  std::shared_ptr<PipeEndpoint> writing_ ABSL_GUARDED_BY(mutex_);

  // There is one read at a time, so these belong to whoever works on it. Likewise for the write.
  Operation read_;
  grpc_slice_buffer* read_slices_ = nullptr;
  grpc_closure* read_done_ = nullptr;
  grpc_slice read_buffer_ = grpc_slice_malloc(kSmallRead);

  Operation write_;
  grpc_slice_buffer* write_slices_ = nullptr;
  grpc_closure* write_done_ = nullptr;
  // What the system is to write next, the front of write_slices_ or a copy of it.
  grpc_slice chunk_ = grpc_empty_slice();
};

PipeEndpoint::PipeEndpoint(UniqueHandle pipe, std::string peer, std::string local, std::shared_ptr<void> held,
                           std::function<size_t(size_t)> tap)
    : peer_(std::move(peer)),
      local_(std::move(local)),
      held_(std::move(held)),
      tap_(std::move(tap)),
      pipe_(std::move(pipe)) {
  read_.done = [this](DWORD error, DWORD bytes) { OnReadEnded(error, bytes); };
  write_.done = [this](DWORD error, DWORD bytes) { OnWriteEnded(error, bytes); };
  // gRPC's shutdown waits for it.
  grpc_iomgr_register_object(&registration_, "named pipe");
}

PipeEndpoint::~PipeEndpoint() {
  grpc_slice_unref(read_buffer_);
  grpc_slice_unref(chunk_);
  grpc_iomgr_unregister_object(&registration_);
}

void PipeEndpoint::Read(grpc_slice_buffer* slices, grpc_closure* done) {
  // The operation may end, and gRPC destroy the endpoint, on the completion thread before this has returned.
  const auto hold = shared_from_this();
  read_slices_ = slices;
  read_done_ = done;
  grpc_slice_buffer_reset_and_unref(slices);
  ContinueRead(IssueRead());
}

Transfer PipeEndpoint::IssueRead() {
  absl::MutexLock lock(&mutex_);
  if (shut_down_) return {false, ERROR_OPERATION_ABORTED, 0};
  reading_ = shared_from_this();
  const bool ok = ReadFile(pipe_.get(), GRPC_SLICE_START_PTR(read_buffer_),
                           static_cast<DWORD>(GRPC_SLICE_LENGTH(read_buffer_)), nullptr, read_.Renew());
  return Issued(ok, &read_, &reading_);
}

void PipeEndpoint::OnReadEnded(DWORD error, DWORD bytes) {
  GrpcScope scope;
  const auto hold = shared_from_this();
  {
    absl::MutexLock lock(&mutex_);
    Settle(&reading_);
  }
  ContinueRead({false, error, bytes});
}

void PipeEndpoint::ContinueRead(Transfer transfer) {
  // A successful read of nothing is not the end: somebody wrote nothing.
  while (!transfer.pending && transfer.error == ERROR_SUCCESS && transfer.bytes == 0) transfer = IssueRead();
  if (transfer.pending) return;
  if (transfer.error == ERROR_SUCCESS && tap_) {
    const size_t passed = tap_(transfer.bytes);
    if (passed < transfer.bytes) Shutdown(absl::UnavailableError("the connection was cut"));
    transfer.bytes = static_cast<DWORD>(passed);
    if (passed == 0) transfer.error = ERROR_OPERATION_ABORTED;
  }
  if (transfer.error == ERROR_SUCCESS) TakeRead(transfer.bytes);
  Finish(std::exchange(read_done_, nullptr), transfer.error, "reading from the pipe");
}

void PipeEndpoint::TakeRead(size_t bytes) {
  const size_t capacity = GRPC_SLICE_LENGTH(read_buffer_);
  if (bytes < capacity / 2) {
    // Small messages are copied, so that each does not hold a whole buffer.
    grpc_slice_buffer_add(read_slices_, grpc_slice_from_copied_buffer(
                                            reinterpret_cast<const char*>(GRPC_SLICE_START_PTR(read_buffer_)), bytes));
    if (capacity == kSmallRead) return;
    grpc_slice_unref(read_buffer_);
    read_buffer_ = grpc_slice_malloc(kSmallRead);
    return;
  }
  grpc_slice_buffer_add(read_slices_, grpc_slice_sub_no_ref(read_buffer_, 0, bytes));
  read_buffer_ = grpc_slice_malloc(bytes == capacity ? kLargeRead : kSmallRead);
}

void PipeEndpoint::Write(grpc_slice_buffer* slices, grpc_closure* done) {
  const auto hold = shared_from_this();
  write_slices_ = slices;
  write_done_ = done;
  if (slices->length == 0) return Finish(std::exchange(write_done_, nullptr), ERROR_SUCCESS, "");
  ContinueWrite(IssueWrite());
}

Transfer PipeEndpoint::IssueWrite() {
  NextChunk();
  absl::MutexLock lock(&mutex_);
  if (shut_down_) return {false, ERROR_OPERATION_ABORTED, 0};
  writing_ = shared_from_this();
  const bool ok = WriteFile(pipe_.get(), GRPC_SLICE_START_PTR(chunk_), static_cast<DWORD>(GRPC_SLICE_LENGTH(chunk_)),
                            nullptr, write_.Renew());
  return Issued(ok, &write_, &writing_);
}

void PipeEndpoint::NextChunk() {
  grpc_slice_unref(chunk_);
  const grpc_slice& front = write_slices_->slices[0];
  if (GRPC_SLICE_LENGTH(front) >= kGather || write_slices_->count == 1) {
    chunk_ = grpc_slice_ref(front);
  } else {
    chunk_ = grpc_slice_malloc(std::min(write_slices_->length, kGather));
    uint8_t* to = GRPC_SLICE_START_PTR(chunk_);
    uint8_t* const end = GRPC_SLICE_END_PTR(chunk_);
    for (size_t i = 0; to != end; ++i) {
      const grpc_slice& from = write_slices_->slices[i];
      const size_t size = std::min(GRPC_SLICE_LENGTH(from), static_cast<size_t>(end - to));
      std::memcpy(to, GRPC_SLICE_START_PTR(from), size);
      to += size;
    }
  }
  const size_t limit = g_write_limit.load(std::memory_order_relaxed);
  if (limit != 0 && limit < GRPC_SLICE_LENGTH(chunk_)) {
    const grpc_slice whole = std::exchange(chunk_, grpc_slice_sub(chunk_, 0, limit));
    grpc_slice_unref(whole);
  }
}

void PipeEndpoint::OnWriteEnded(DWORD error, DWORD bytes) {
  GrpcScope scope;
  const auto hold = shared_from_this();
  {
    absl::MutexLock lock(&mutex_);
    Settle(&writing_);
  }
  ContinueWrite({false, error, bytes});
}

void PipeEndpoint::ContinueWrite(Transfer transfer) {
  while (!transfer.pending) {
    // Success without progress would go on for ever.
    if (transfer.error == ERROR_SUCCESS && transfer.bytes == 0) transfer.error = ERROR_NO_DATA;
    if (transfer.error == ERROR_SUCCESS) {
      grpc_slice_buffer written;
      grpc_slice_buffer_init(&written);
      grpc_slice_buffer_move_first(write_slices_, transfer.bytes, &written);
      grpc_slice_buffer_destroy(&written);
      if (write_slices_->length != 0) {
        transfer = IssueWrite();
        continue;
      }
    }
    grpc_slice_unref(std::exchange(chunk_, grpc_empty_slice()));
    return Finish(std::exchange(write_done_, nullptr), transfer.error, "writing to the pipe");
  }
}

Transfer PipeEndpoint::Issued(bool ok, Operation* operation, std::shared_ptr<PipeEndpoint>* hold) {
  const DWORD error = ok ? DWORD{ERROR_SUCCESS} : GetLastError();
  if (error == ERROR_IO_PENDING) return {true, 0, 0};
  // Ended at once, and the completion thread is not told.
  hold->reset();
  return {false, error, ok ? static_cast<DWORD>(operation->InternalHigh) : 0};
}

void PipeEndpoint::Settle(std::shared_ptr<PipeEndpoint>* hold) {
  hold->reset();
  if (shut_down_ && reading_ == nullptr && writing_ == nullptr) pipe_ = UniqueHandle();
}

void PipeEndpoint::Finish(grpc_closure* done, DWORD error, const char* what) {
  grpc_error_handle status;
  if (error != ERROR_SUCCESS) {
    absl::MutexLock lock(&mutex_);
    status = shut_down_ ? why_ : WindowsError(error, what);
    status = grpc_error_set_int(status, grpc_core::StatusIntProperty::kRpcStatus, GRPC_STATUS_UNAVAILABLE);
  }
  grpc_core::ExecCtx::Run(DEBUG_LOCATION, done, status);
}

void PipeEndpoint::Shutdown(grpc_error_handle why) {
  UniqueHandle idle;
  absl::MutexLock lock(&mutex_);
  if (shut_down_) return;
  shut_down_ = true;
  why_ = why.ok() ? absl::UnavailableError("the pipe is shut down") : std::move(why);
  // The other end sees the close when the last operation has ended. What it has not read yet stays readable: that is
  // why the pipe is closed and not disconnected.
  if (reading_ == nullptr && writing_ == nullptr) {
    idle = std::move(pipe_);
  } else {
    CancelIoEx(pipe_.get(), nullptr);
  }
}

void PipeEndpoint::Destroy() {
  const auto last = std::move(owned_);
  Shutdown(absl::OkStatus());
}

PipeEndpoint* Of(grpc_endpoint* endpoint) { return static_cast<PipeEndpoint*>(endpoint); }

const grpc_endpoint_vtable kVtable = {
    [](grpc_endpoint* endpoint, grpc_slice_buffer* slices, grpc_closure* done, bool, int) {
      Of(endpoint)->Read(slices, done);
    },
    [](grpc_endpoint* endpoint, grpc_slice_buffer* slices, grpc_closure* done, void*, int) {
      Of(endpoint)->Write(slices, done);
    },
    // The completion thread needs nobody's polling.
    [](grpc_endpoint*, grpc_pollset*) {},
    [](grpc_endpoint*, grpc_pollset_set*) {},
    [](grpc_endpoint*, grpc_pollset_set*) {},
    [](grpc_endpoint* endpoint, grpc_error_handle why) { Of(endpoint)->Shutdown(std::move(why)); },
    [](grpc_endpoint* endpoint) { Of(endpoint)->Destroy(); },
    [](grpc_endpoint* endpoint) { return Of(endpoint)->peer(); },
    [](grpc_endpoint* endpoint) { return Of(endpoint)->local(); },
    [](grpc_endpoint*) { return -1; },
    [](grpc_endpoint*) { return false; },
};

}  // namespace

grpc_endpoint* NewPipeEndpoint(UniqueHandle pipe, std::string peer, std::string local, std::shared_ptr<void> held,
                               std::function<size_t(size_t)> tap) {
  auto endpoint = std::make_shared<PipeEndpoint>(std::move(pipe), std::move(peer), std::move(local), std::move(held),
                                                 std::move(tap));
  endpoint->vtable = &kVtable;
  endpoint->Own();
  return endpoint.get();
}

void LimitPipeWritesForTesting(size_t bytes) { g_write_limit = bytes; }

}  // namespace resource_broker::ipc
