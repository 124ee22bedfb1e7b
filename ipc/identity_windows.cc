#include "ipc/identity_windows.h"

#include <aclapi.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "ipc/error_windows.h"
#include "ipc/security_windows.h"
#include "ipc/unique_handle_windows.h"
#include "ipc/utf16.h"

namespace resource_broker::ipc {
namespace {

constexpr char kLocalSystem[] = "S-1-5-18";
constexpr char kAdministrators[] = "S-1-5-32-544";

// Ids of the idle process and the kernel: never a peer, so something lied.
constexpr DWORD kSystemProcessId = 4;

// Longest path the system knows, in characters.
constexpr DWORD kMaxPath = 32768;

// One class of a token's information, in memory aligned for its structure.
absl::StatusOr<std::vector<std::max_align_t>> TokenInformation(HANDLE token, TOKEN_INFORMATION_CLASS kind) {
  DWORD size = 0;
  GetTokenInformation(token, kind, nullptr, 0, &size);
  std::vector<std::max_align_t> memory(size / sizeof(std::max_align_t) + 1);
  if (!GetTokenInformation(token, kind, memory.data(), static_cast<DWORD>(memory.size() * sizeof(memory[0])), &size)) {
    return LastWindowsError("GetTokenInformation");
  }
  return memory;
}

absl::StatusOr<std::string> AccountOf(HANDLE token) {
  const auto memory = TokenInformation(token, TokenUser);
  if (!memory.ok()) return memory.status();
  return SidText(reinterpret_cast<const TOKEN_USER*>(memory->data())->User.Sid);
}

// TokenElevation alone says too much: it is set for backup operators and others that are split in two as well.
absl::StatusOr<bool> HasAdministratorsRights(HANDLE token) {
  const auto elevation = TokenInformation(token, TokenElevation);
  if (!elevation.ok()) return elevation.status();
  if (reinterpret_cast<const TOKEN_ELEVATION*>(elevation->data())->TokenIsElevated == 0) return false;
  const auto memory = TokenInformation(token, TokenGroups);
  if (!memory.ok()) return memory.status();
  const auto* groups = reinterpret_cast<const TOKEN_GROUPS*>(memory->data());
  return std::any_of(groups->Groups, groups->Groups + groups->GroupCount, [](const SID_AND_ATTRIBUTES& group) {
    return (group.Attributes & SE_GROUP_ENABLED) != 0 && IsWellKnownSid(group.Sid, WinBuiltinAdministratorsSid);
  });
}

absl::Status ReadToken(HANDLE token, PeerIdentity* peer) {
  absl::StatusOr<std::string> account = AccountOf(token);
  if (!account.ok()) return account.status();
  const absl::StatusOr<bool> administrator = HasAdministratorsRights(token);
  if (!administrator.ok()) return administrator.status();
  peer->account = *std::move(account);
  peer->elevated = *administrator || peer->account == kLocalSystem;
  return absl::OkStatus();
}

std::string ImagePath(HANDLE process) {
  std::wstring path(kMaxPath, L'\0');
  DWORD size = kMaxPath;
  if (!QueryFullProcessImageNameW(process, 0, path.data(), &size)) return "";
  return Utf8FromWide({path.data(), size});
}

// Opens the process that `ask` names, so that its id can't be given to another any more, and asks again. None if it
// can't be opened or has ended.
template <typename Ask>
absl::StatusOr<UniqueHandle> OpenPeer(const Ask& ask, PeerIdentity* peer) {
  ULONG id = 0;
  if (!ask(&id)) return LastWindowsError("id of the process at the other end");
  if (id == 0 || id == kSystemProcessId) {
    return absl::PermissionDeniedError(absl::StrCat("the other end claims to be system process ", id));
  }
  UniqueHandle process(OpenProcess(PROCESS_QUERY_LIMITED_INFORMATION, FALSE, id));
  ULONG again = 0;
  if (!ask(&again) || again != id) return absl::UnavailableError("the other end changed while it was looked at");
  peer->process_id = id;
  DWORD exit_code = 0;
  if (!process.valid() || !GetExitCodeProcess(process.get(), &exit_code) || exit_code != STILL_ACTIVE) {
    return UniqueHandle();
  }
  peer->image_path = ImagePath(process.get());
  return process;
}

// The token of the client, as the calling thread for a moment.
absl::StatusOr<UniqueHandle> ClientToken(HANDLE pipe) {
  if (!ImpersonateNamedPipeClient(pipe)) return LastWindowsError("ImpersonateNamedPipeClient");
  HANDLE token = nullptr;
  const bool opened = OpenThreadToken(GetCurrentThread(), TOKEN_QUERY, TRUE, &token);
  const DWORD error = GetLastError();
  // A thread that goes on as somebody else would serve others in his name.
  if (!RevertToSelf()) std::abort();
  if (!opened) return WindowsError(error, "the client hides who it is: OpenThreadToken");
  return UniqueHandle(token);
}

absl::Status ReadOwner(HANDLE pipe, PeerIdentity* peer) {
  PSID owner = nullptr;
  PSECURITY_DESCRIPTOR descriptor = nullptr;
  const DWORD error = GetSecurityInfo(pipe, SE_KERNEL_OBJECT, OWNER_SECURITY_INFORMATION, &owner, nullptr, nullptr,
                                      nullptr, &descriptor);
  if (error != ERROR_SUCCESS) return WindowsError(error, "owner of the pipe");
  const UniqueDescriptor owned(descriptor);
  absl::StatusOr<std::string> account = SidText(owner);
  if (!account.ok()) return account.status();
  peer->account = *std::move(account);
  peer->elevated = peer->account == kLocalSystem || peer->account == kAdministrators;
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<PeerIdentity> OwnIdentity() {
  HANDLE token = nullptr;
  if (!OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token)) return LastWindowsError("OpenProcessToken");
  const UniqueHandle owned(token);
  PeerIdentity self;
  if (absl::Status status = ReadToken(token, &self); !status.ok()) return status;
  self.process_id = GetCurrentProcessId();
  self.image_path = ImagePath(GetCurrentProcess());
  return self;
}

absl::StatusOr<PeerIdentity> IdentityOfClient(HANDLE pipe) {
  PeerIdentity peer;
  const auto process = OpenPeer([pipe](ULONG* id) { return GetNamedPipeClientProcessId(pipe, id); }, &peer);
  if (!process.ok()) return process.status();
  const absl::StatusOr<UniqueHandle> token = ClientToken(pipe);
  if (!token.ok()) return token.status();
  if (absl::Status status = ReadToken(token->get(), &peer); !status.ok()) return status;
  return peer;
}

absl::StatusOr<PeerIdentity> IdentityOfServer(HANDLE pipe) {
  PeerIdentity peer;
  const auto process = OpenPeer([pipe](ULONG* id) { return GetNamedPipeServerProcessId(pipe, id); }, &peer);
  if (!process.ok()) return process.status();
  HANDLE token = nullptr;
  if (process->valid() && OpenProcessToken(process->get(), TOKEN_QUERY, &token)) {
    const UniqueHandle owned(token);
    if (absl::Status status = ReadToken(token, &peer); !status.ok()) return status;
    return peer;
  }
  if (absl::Status status = ReadOwner(pipe, &peer); !status.ok()) return status;
  return peer;
}

PeerCheck SameAccountOrAdministrator() {
  const absl::StatusOr<PeerIdentity> self = OwnIdentity();
  // Without an account of its own nobody has the same.
  return [own = self.ok() ? self->account : std::string()](const PeerIdentity& peer) {
    if (peer.elevated || (!own.empty() && peer.account == own)) return absl::OkStatus();
    return absl::PermissionDeniedError(
        absl::StrCat("neither an elevated administrator nor account ", own, ": ", peer.ToString()));
  };
}

}  // namespace resource_broker::ipc
