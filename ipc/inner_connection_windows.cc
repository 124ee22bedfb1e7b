#include "ipc/inner_connection.h"
#include "ipc/server_door_windows.h"
// Before the system's headers.
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "ipc/completion_thread_windows.h"
#include "ipc/error_windows.h"
#include "ipc/identity_windows.h"
#include "ipc/random.h"
#include "ipc/security_windows.h"
#include "ipc/unique_handle_windows.h"
#include "ipc/utf16.h"

namespace resource_broker::ipc {
namespace {

constexpr absl::string_view kScheme = "inner:";
constexpr absl::string_view kPipe = "\\\\.\\pipe\\resource-broker-inner-";
constexpr DWORD kPipeBufferBytes = 64 << 10;

// Nobody but this account gets in, and nobody at all by the network.
std::string Descriptor(const std::string& account) { return absl::StrCat("D:P(D;;FA;;;NU)(A;;FA;;;", account, ")"); }

class PipePairs : public InnerConnector {
 public:
  explicit PipePairs(std::shared_ptr<ServerDoor> door) : door_(std::move(door)) {}

  absl::StatusOr<InnerConnection> Connect() override {
    if (!door_->is_open()) return absl::UnavailableError("the server is not running");
    const std::string name = RandomHex();
    const std::wstring path = WideFromUtf8(absl::StrCat(kPipe, name));
    absl::StatusOr<UniqueHandle> server = MakePipe(path);
    if (!server.ok()) return server.status();
    UniqueHandle client(CreateFileW(path.c_str(), GENERIC_READ | GENERIC_WRITE, 0, nullptr, OPEN_EXISTING,
                                    FILE_FLAG_OVERLAPPED | SECURITY_SQOS_PRESENT | SECURITY_IDENTIFICATION, nullptr));
    if (!client.valid()) return LastWindowsError("opening the inner pipe");
    // The pipe has one instance, so who is connected is this client, or another that was faster.
    ULONG process = 0;
    if (!GetNamedPipeClientProcessId(server->get(), &process) || process != GetCurrentProcessId()) {
      return absl::PermissionDeniedError("another process is at the inner pipe");
    }
    if (absl::Status status = CompletionThread::Get().Add(server->get()); !status.ok()) return status;
    std::string label = absl::StrCat(kScheme, name);
    door_->Enter({*std::move(server), "", label, nullptr});
    return InnerConnection{std::move(label), reinterpret_cast<intptr_t>(client.Release())};
  }

 private:
  static absl::StatusOr<UniqueHandle> MakePipe(const std::wstring& path) {
    const absl::StatusOr<PeerIdentity> self = OwnIdentity();
    if (!self.ok()) return self.status();
    const absl::StatusOr<UniqueDescriptor> descriptor = ParseDescriptor(Descriptor(self->account));
    if (!descriptor.ok()) return descriptor.status();
    SECURITY_ATTRIBUTES attributes{sizeof(attributes), descriptor->get(), FALSE};
    UniqueHandle pipe(CreateNamedPipeW(path.c_str(),
                                       PIPE_ACCESS_DUPLEX | FILE_FLAG_OVERLAPPED | FILE_FLAG_FIRST_PIPE_INSTANCE,
                                       PIPE_TYPE_BYTE | PIPE_READMODE_BYTE | PIPE_WAIT | PIPE_REJECT_REMOTE_CLIENTS,
                                       /*nMaxInstances=*/1, kPipeBufferBytes, kPipeBufferBytes, 0, &attributes));
    if (!pipe.valid()) return LastWindowsError("CreateNamedPipe");
    return pipe;
  }

  const std::shared_ptr<ServerDoor> door_;
};

}  // namespace

std::unique_ptr<InnerConnector> InnerConnector::Add(grpc::ServerBuilder* builder) {
  return std::make_unique<PipePairs>(ServerDoor::Add(builder, "inner", /*tap=*/{}));
}

void CloseInner(const InnerConnection& connection) {
  const UniqueHandle owned(reinterpret_cast<HANDLE>(connection.stream));
}

bool IsInnerLabel(absl::string_view peer) { return absl::StartsWith(peer, kScheme); }

}  // namespace resource_broker::ipc
