// Wine 8 now and then overwrites the result of an operation on a TCP socket that is complete with "pending": the thread
// that began it is overtaken by the one that completes it. gRPC, which asks for the result once a completion port has
// said that it is there, takes a connection with which nothing is wrong for broken then: of calls on a busy machine one
// in some thousand failed by it, with "Stream removed". What the port said is right and is the result here, in place of
// the imports of these names. On Windows a result is never pending at that time.
#include <windows.h>
#include <winsock2.h>

namespace {

// What a port said last to this thread.
struct Completed {
  const OVERLAPPED* operation = nullptr;
  DWORD bytes = 0;
  // 0: done.
  DWORD error = 0;
};
thread_local Completed completed;

template <typename Function>
Function* Import(const wchar_t* library, const char* name) {
  return reinterpret_cast<Function*>(reinterpret_cast<void*>(GetProcAddress(GetModuleHandleW(library), name)));
}

WINBOOL WINAPI NextCompleted(HANDLE port, LPDWORD bytes, PULONG_PTR key, LPOVERLAPPED* overlapped, DWORD limit_ms) {
  static const auto next = Import<decltype(NextCompleted)>(L"kernel32.dll", "GetQueuedCompletionStatus");
  *overlapped = nullptr;
  const WINBOOL done = next(port, bytes, key, overlapped, limit_ms);
  const DWORD error = done ? 0 : GetLastError();
  completed = {*overlapped, *bytes, error};
  if (!done) SetLastError(error);
  return done;
}

WINBOOL WSAAPI ResultOf(SOCKET socket, LPWSAOVERLAPPED overlapped, LPDWORD bytes, WINBOOL wait, LPDWORD flags) {
  static const auto ask = Import<decltype(ResultOf)>(L"ws2_32.dll", "WSAGetOverlappedResult");
  if (ask(socket, overlapped, bytes, wait, flags)) return TRUE;
  const int error = WSAGetLastError();
  if (error != WSA_IO_INCOMPLETE || overlapped != completed.operation) {
    WSASetLastError(error);
    return FALSE;
  }
  *bytes = completed.bytes;
  *flags = 0;
  WSASetLastError(static_cast<int>(completed.error));
  return completed.error == 0;
}

}  // namespace

// NOLINTBEGIN(bugprone-reserved-identifier)
extern "C" decltype(&NextCompleted) __imp_GetQueuedCompletionStatus;
decltype(&NextCompleted) __imp_GetQueuedCompletionStatus = &NextCompleted;
extern "C" decltype(&ResultOf) __imp_WSAGetOverlappedResult;
decltype(&ResultOf) __imp_WSAGetOverlappedResult = &ResultOf;
// NOLINTEND(bugprone-reserved-identifier)
