#include "ipc/pipe_acceptor_windows.h"

#include <array>
#include <optional>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "ipc/error_windows.h"
#include "ipc/http2_preface.h"
#include "ipc/identity_windows.h"

namespace resource_broker::ipc {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// What the system buffers in each direction.
constexpr DWORD kPipeBufferBytes = 64 << 10;
// What is read before a client is given away: no more than one read, so that it need not be large.
constexpr size_t kFirstReadBytes = 4 << 10;
// The system tells nobody when a pipe's name is free.
constexpr milliseconds kBindRetry{50};
// How long making instances rests when the system has no memory for one more.
constexpr milliseconds kInstanceRetry{100};

bool PipeExists(const std::wstring& name) {
  // With an instance that is free, or with none.
  return WaitNamedPipeW(name.c_str(), 1) || GetLastError() == ERROR_SEM_TIMEOUT;
}

}  // namespace

// One end of the pipe, from waiting for a client until the client is given away or gone. Lives on the completion thread
// and always has one operation in the system's hands, or is about to be removed.
class PipeAcceptor::Instance {
 public:
  Instance(std::shared_ptr<PipeAcceptor> acceptor, UniqueHandle pipe)
      : acceptor_(std::move(acceptor)), pipe_(std::move(pipe)) {}

  absl::Status WaitForClient() {
    operation_.done = [this](DWORD error, DWORD) { OnConnected(error); };
    const bool connected = ConnectNamedPipe(pipe_.get(), operation_.Renew());
    const DWORD error = GetLastError();
    if (!connected && error == ERROR_IO_PENDING) return absl::OkStatus();
    // A client was faster, and may have left already. The system says no more about it.
    if (connected || error == ERROR_PIPE_CONNECTED || error == ERROR_NO_DATA) {
      CompletionThread::Get().Post(&operation_);
      return absl::OkStatus();
    }
    return WindowsError(error, "ConnectNamedPipe");
  }

  // Ends it through its operation.
  void Cancel() { CancelIoEx(pipe_.get(), nullptr); }

 private:
  void OnConnected(DWORD error) {
    // First of all the next client finds an instance.
    acceptor_->AddInstanceOrRetry();
    if (error != ERROR_SUCCESS || acceptor_->stopping_) return acceptor_->Remove(this);
    slot_ = acceptor_->TakeSlot();
    if (slot_ == nullptr) {
      return Drop(absl::ResourceExhaustedError(
          absl::StrCat("all ", acceptor_->options_.max_connections, " connections are taken")));
    }
    timer_ = CompletionThread::Get().RunAfter(acceptor_->options_.first_byte_timeout, [this] { OnTimeout(); });
    operation_.done = [this](DWORD read_error, DWORD bytes) { OnRead(read_error, bytes); };
    Read();
  }

  void Read() {
    if (ReadFile(pipe_.get(), buffer_.data(), buffer_.size(), nullptr, operation_.Renew())) {
      return OnRead(ERROR_SUCCESS, static_cast<DWORD>(operation_.InternalHigh));
    }
    const DWORD error = GetLastError();
    if (error != ERROR_IO_PENDING) OnRead(error, 0);
  }

  void OnRead(DWORD error, DWORD bytes) {
    if (timed_out_) {
      return Drop(absl::DeadlineExceededError(absl::StrCat("a client did not begin HTTP/2 within ",
                                                           acceptor_->options_.first_byte_timeout.count(), " ms")));
    }
    // It left, or this was cancelled.
    if (error != ERROR_SUCCESS || acceptor_->stopping_) return Remove();
    received_.append(buffer_.data(), bytes);
    // A successful read of nothing is not the end: somebody wrote nothing.
    if (received_.empty()) return Read();
    if (!peer_.has_value()) {
      absl::StatusOr<PeerIdentity> peer = IdentityOfClient(pipe_.get());
      if (!peer.ok()) return Drop(peer.status());
      if (absl::Status allowed = acceptor_->options_.authorize(*peer); !allowed.ok()) return Drop(allowed);
      peer_ = *std::move(peer);
    }
    if (received_.size() < kHttp2PrefaceSize) return Read();
    CompletionThread::Get().Cancel(*timer_);
    timer_.reset();
    const std::shared_ptr<PipeAcceptor> acceptor = acceptor_;
    AcceptedPipe accepted{std::move(pipe_), std::move(received_), *std::move(peer_), std::move(slot_)};
    acceptor->Remove(this);
    acceptor->sink_(std::move(accepted));
  }

  // On the completion thread, like all of it: the read either is pending still or has been answered already.
  void OnTimeout() {
    timer_.reset();
    timed_out_ = true;
    Cancel();
  }

  void Drop(const absl::Status& reason) {
    const std::shared_ptr<PipeAcceptor> acceptor = acceptor_;
    Remove();
    acceptor->Report(reason);
  }

  void Remove() {
    if (timer_.has_value()) CompletionThread::Get().Cancel(*timer_);
    const std::shared_ptr<PipeAcceptor> acceptor = acceptor_;
    acceptor->Remove(this);
  }

  const std::shared_ptr<PipeAcceptor> acceptor_;
  UniqueHandle pipe_;
  Operation operation_;
  std::array<char, kFirstReadBytes> buffer_;
  std::string received_;
  std::optional<PeerIdentity> peer_;
  std::shared_ptr<void> slot_;
  std::optional<CompletionThread::Timer> timer_;
  bool timed_out_ = false;
};

PipeAcceptor::PipeAcceptor(std::wstring name, Options options, Sink sink)
    : name_(std::move(name)), options_(std::move(options)), sink_(std::move(sink)) {}

PipeAcceptor::~PipeAcceptor() = default;

absl::Status PipeAcceptor::Start() {
  absl::StatusOr<UniqueDescriptor> descriptor = ParseDescriptor(options_.security_descriptor);
  if (!descriptor.ok()) return descriptor.status();
  descriptor_ = *std::move(descriptor);
  absl::StatusOr<UniqueHandle> first = OwnTheName();
  if (!first.ok()) return first.status();
  started_ = true;
  auto pipe = std::make_shared<UniqueHandle>(*std::move(first));
  CompletionThread::Get().Run([self = shared_from_this(), pipe] {
    int made = 0;
    if (absl::Status status = self->AddInstance(std::move(*pipe)); status.ok()) {
      made = 1;
    } else {
      self->Report(status);
    }
    for (int i = made; i < self->options_.pending_instances; ++i) self->AddInstanceOrRetry();
  });
  return absl::OkStatus();
}

bool PipeAcceptor::Stop(milliseconds timeout) {
  if (!started_) return true;
  CompletionThread::Get().Run([self = shared_from_this()] {
    self->stopping_ = true;
    for (const auto& [instance, owned] : self->instances_) instance->Cancel();
    if (self->instances_.empty()) self->stopped_.Notify();
  });
  return stopped_.WaitForNotificationWithTimeout(absl::FromChrono(timeout));
}

absl::StatusOr<UniqueHandle> PipeAcceptor::NewPipe(bool first) const {
  SECURITY_ATTRIBUTES attributes{sizeof(attributes), descriptor_.get(), FALSE};
  UniqueHandle pipe(CreateNamedPipeW(
      name_.c_str(), PIPE_ACCESS_DUPLEX | FILE_FLAG_OVERLAPPED | (first ? FILE_FLAG_FIRST_PIPE_INSTANCE : 0),
      PIPE_TYPE_BYTE | PIPE_READMODE_BYTE | PIPE_WAIT | PIPE_REJECT_REMOTE_CLIENTS, PIPE_UNLIMITED_INSTANCES,
      kPipeBufferBytes, kPipeBufferBytes, 0, &attributes));
  if (!pipe.valid()) return LastWindowsError("CreateNamedPipe");
  if (absl::Status status = CompletionThread::Get().Add(pipe.get()); !status.ok()) return status;
  return pipe;
}

absl::StatusOr<UniqueHandle> PipeAcceptor::OwnTheName() const {
  const steady_clock::time_point deadline = steady_clock::now() + options_.bind_timeout;
  while (true) {
    // Asked as well as FILE_FLAG_FIRST_PIPE_INSTANCE, which says "access denied" for it, and which Wine ignores.
    const bool exists = PipeExists(name_);
    absl::StatusOr<UniqueHandle> pipe =
        exists ? absl::AlreadyExistsError("somebody serves there, or a client of a server that died is still connected")
               : NewPipe(true);
    if (pipe.ok()) return pipe;
    // Somebody may have been faster since, or have died just now.
    if (!exists && !absl::IsPermissionDenied(pipe.status())) return pipe;
    if (steady_clock::now() >= deadline) return pipe;
    std::this_thread::sleep_for(kBindRetry);
  }
}

absl::Status PipeAcceptor::AddInstance(UniqueHandle pipe) {
  auto instance = std::make_unique<Instance>(shared_from_this(), std::move(pipe));
  if (absl::Status status = instance->WaitForClient(); !status.ok()) return status;
  Instance* const key = instance.get();
  instances_.emplace(key, std::move(instance));
  return absl::OkStatus();
}

void PipeAcceptor::AddInstanceOrRetry() {
  if (stopping_) return;
  absl::StatusOr<UniqueHandle> pipe = NewPipe(false);
  const absl::Status status = pipe.ok() ? AddInstance(*std::move(pipe)) : pipe.status();
  if (status.ok()) return;
  Report(status);
  CompletionThread::Get().RunAfter(kInstanceRetry, [self = shared_from_this()] { self->AddInstanceOrRetry(); });
}

void PipeAcceptor::Remove(Instance* instance) {
  const auto found = instances_.find(instance);
  // Destroyed at the end, when the map is whole again.
  const std::unique_ptr<Instance> owned = std::move(found->second);
  instances_.erase(found);
  if (stopping_ && instances_.empty()) stopped_.Notify();
}

std::shared_ptr<void> PipeAcceptor::TakeSlot() {
  // Only this thread adds; others take away.
  if (connections_->load() >= options_.max_connections) return nullptr;
  connections_->fetch_add(1);
  return std::shared_ptr<void>(connections_.get(), [connections = connections_](void*) { connections->fetch_sub(1); });
}

void PipeAcceptor::Report(const absl::Status& reason) const {
  if (options_.on_dropped) options_.on_dropped(reason);
}

}  // namespace resource_broker::ipc
