#include "ipc/pipe_dial_windows.h"

#include <utility>

#include "ipc/error_windows.h"
#include "ipc/identity_windows.h"

namespace resource_broker::ipc {
namespace {

// A busy pipe has a free instance as soon as its server's thread runs; WaitNamedPipe would tell, but blocks.
constexpr std::chrono::milliseconds kBusyRetry{10};

// Not GENERIC_WRITE: it asks for the right to create instances, which clients have not.
constexpr DWORD kAccess = GENERIC_READ | FILE_WRITE_DATA | FILE_WRITE_ATTRIBUTES;

// The server may see who this is, but not act as it.
constexpr DWORD kFlags = FILE_FLAG_OVERLAPPED | SECURITY_SQOS_PRESENT | SECURITY_IDENTIFICATION;

}  // namespace

PipeDial::PipeDial(std::wstring name, PeerCheck verify_server, Done done)
    : name_(std::move(name)), verify_server_(std::move(verify_server)), done_(std::move(done)) {}

void PipeDial::Start(CompletionThread::Clock::time_point deadline) {
  CompletionThread::Get().Run([self = shared_from_this(), deadline] { self->Try(deadline); });
}

void PipeDial::Try(CompletionThread::Clock::time_point deadline) {
  UniqueHandle pipe(CreateFileW(name_.c_str(), kAccess, 0, nullptr, OPEN_EXISTING, kFlags, nullptr));
  if (pipe.valid()) return done_(Verified(std::move(pipe)));
  const DWORD error = GetLastError();
  if (error != ERROR_PIPE_BUSY) return done_(WindowsError(error, "opening the pipe"));
  if (CompletionThread::Clock::now() >= deadline) {
    return done_(absl::DeadlineExceededError("all instances of the pipe are busy"));
  }
  CompletionThread::Get().RunAfter(kBusyRetry, [self = shared_from_this(), deadline] { self->Try(deadline); });
}

absl::StatusOr<UniqueHandle> PipeDial::Verified(UniqueHandle pipe) const {
  const absl::StatusOr<PeerIdentity> server = IdentityOfServer(pipe.get());
  if (!server.ok()) return server.status();
  if (absl::Status status = verify_server_(*server); !status.ok()) return status;
  if (absl::Status status = CompletionThread::Get().Add(pipe.get()); !status.ok()) return status;
  return pipe;
}

}  // namespace resource_broker::ipc
