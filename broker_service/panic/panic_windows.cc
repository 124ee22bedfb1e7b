#include <winsock2.h>
// After winsock2.h, which it would replace by its older self.
#include <fcntl.h>
#include <io.h>
#include <windows.h>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <ctime>

#include "broker_service/panic/dump_windows.h"
#include "broker_service/panic/panic.h"
#include "broker_service/panic/panic_line.h"
#include "ipc/error_windows.h"

namespace resource_broker::broker {
namespace {

// What abort() of the C library ends with.
constexpr UINT kAbortCode = 3;
// The one descriptor of stderr everywhere.
constexpr int kErrorDescriptor = 2;

std::atomic<bool> g_dying{false};

void WriteErrors(const PanicLine& line) {
  DWORD written = 0;
  WriteFile(GetStdHandle(STD_ERROR_HANDLE), line.data(), static_cast<DWORD>(line.size()), &written, nullptr);
}

// The line is written first: a dump may fail, and take the line with it.
[[noreturn]] void Die(PanicLine line, EXCEPTION_POINTERS* exception, UINT exit_code) {
  // A second thread that crashes meanwhile waits for the end.
  if (g_dying.exchange(true)) Sleep(INFINITE);
  line.Add("\n");
  WriteErrors(line);
  PanicLine dump = BeginPanicLine(time(nullptr), GetCurrentProcessId());
  WriteDump(exception, &dump);
  dump.Add("\n");
  WriteErrors(dump);
  TerminateProcess(GetCurrentProcess(), exit_code);
  // TerminateProcess does not return; the compiler can't know.
  while (true) Sleep(INFINITE);
}

LONG WINAPI OnException(EXCEPTION_POINTERS* exception) {
  const EXCEPTION_RECORD* const record = exception->ExceptionRecord;
  PanicLine line = BeginPanicLine(time(nullptr), GetCurrentProcessId());
  line.Add("exception ").AddHex(record->ExceptionCode);
  line.Add(" at ").AddHex(reinterpret_cast<uintptr_t>(record->ExceptionAddress));
  Die(line, exception, record->ExceptionCode);
}

void OnAbort(int) {
  CONTEXT context = {};
  RtlCaptureContext(&context);
  EXCEPTION_RECORD record = {};
  // An error of the application's own kind.
  record.ExceptionCode = 0xE0000000 | kAbortCode;
  record.ExceptionAddress = reinterpret_cast<void*>(context.Rip);
  EXCEPTION_POINTERS exception = {&record, &context};
  PanicLine line = BeginPanicLine(time(nullptr), GetCurrentProcessId());
  line.Add("SIGABRT");
  if (*TerminateReason() != '\0') line.Add(" (").Add(TerminateReason()).Add(")");
  Die(line, &exception, kAbortCode);
}

}  // namespace

absl::Status RedirectErrors(const std::filesystem::path& file) {
  // Each write goes to the file's end, wherever another process has written meanwhile.
  const HANDLE handle =
      CreateFileW(file.c_str(), FILE_APPEND_DATA | SYNCHRONIZE, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
                  nullptr, OPEN_ALWAYS, FILE_ATTRIBUTE_NORMAL, nullptr);
  if (handle == INVALID_HANDLE_VALUE) return ipc::LastWindowsError(file.u8string());
  const int descriptor = _open_osfhandle(reinterpret_cast<intptr_t>(handle), _O_APPEND);
  if (descriptor < 0) {
    CloseHandle(handle);
    return absl::UnavailableError("the C library has no room for another file");
  }
  if (_dup2(descriptor, kErrorDescriptor) != 0) return absl::UnavailableError("stderr can't be redirected");
  if (_fileno(stderr) < 0) {
    // A service has no stderr: the stream is there without a descriptor. Wine's freopen gives it none either.
    stderr->_file = kErrorDescriptor;
    stderr->_flag = _IOWRT;
  }
  if (_fileno(stderr) != kErrorDescriptor) _dup2(descriptor, _fileno(stderr));
  setvbuf(stderr, nullptr, _IONBF, 0);
  SetStdHandle(STD_ERROR_HANDLE, reinterpret_cast<HANDLE>(_get_osfhandle(kErrorDescriptor)));
  if (descriptor != kErrorDescriptor && descriptor != _fileno(stderr)) _close(descriptor);
  return absl::OkStatus();
}

void InstallCrashHandlers(const std::filesystem::path& dumps) {
  PrepareDumps(dumps);
  SetUnhandledExceptionFilter(OnException);
  signal(SIGABRT, OnAbort);
}

std::string CoreHint() { return ""; }

}  // namespace resource_broker::broker
