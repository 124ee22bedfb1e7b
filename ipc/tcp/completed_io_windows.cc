// gRPC asks for the result of an operation on a TCP socket once a completion port has said that it is complete. Windows
// has written it by then. Wine 8 now and then has not: it answers "incomplete", and gRPC takes a connection with which
// nothing is wrong for broken; of calls on a busy machine one in some thousand failed by it, with "Stream removed". So
// the result is waited for here, in place of the import of that name; on Windows that never happens.
#include <windows.h>
#include <winsock2.h>

#include <cstdint>

namespace {

// Of a result that is about to be written; it takes microseconds.
constexpr uint64_t kLongestMs = 1000;

WINBOOL WSAAPI CompletedResult(SOCKET socket, LPWSAOVERLAPPED overlapped, LPDWORD bytes, WINBOOL wait, LPDWORD flags) {
  static const auto ask = reinterpret_cast<decltype(&CompletedResult)>(
      reinterpret_cast<void*>(GetProcAddress(GetModuleHandleW(L"ws2_32.dll"), "WSAGetOverlappedResult")));
  const uint64_t begun = GetTickCount64();
  while (ask(socket, overlapped, bytes, wait, flags) == FALSE) {
    if (WSAGetLastError() != WSA_IO_INCOMPLETE || GetTickCount64() - begun > kLongestMs) return FALSE;
    SwitchToThread();
  }
  return TRUE;
}

}  // namespace

extern "C" decltype(&CompletedResult) __imp_WSAGetOverlappedResult;  // NOLINT(bugprone-reserved-identifier)
decltype(&CompletedResult) __imp_WSAGetOverlappedResult = &CompletedResult;
