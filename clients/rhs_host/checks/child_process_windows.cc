#include <winsock2.h>
// clang-format off
#include <windows.h>
// clang-format on

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "clients/rhs_host/checks/child_process.h"
#include "ipc/end_process.h"
#include "ipc/utf16.h"

namespace resource_broker::rhs_host {
namespace {

// As CommandLineToArgvW takes it apart: backslashes count only before a quote.
std::wstring Quoted(const std::wstring& argument) {
  std::wstring quoted = L"\"";
  size_t backslashes = 0;
  for (wchar_t c : argument) {
    if (c == L'"') quoted.append(backslashes + 1, L'\\');
    backslashes = c == L'\\' ? backslashes + 1 : 0;
    quoted.push_back(c);
  }
  return quoted.append(backslashes, L'\\') + L"\"";
}

absl::Status LastError(const char* what) {
  return absl::InternalError(absl::StrCat(what, ": Windows error ", GetLastError()));
}

}  // namespace

absl::StatusOr<ChildEnd> RunThisProgram(const std::vector<std::string>& arguments, const std::string& output,
                                        absl::Duration limit) {
  std::wstring program(32768, L'\0');
  program.resize(GetModuleFileNameW(nullptr, program.data(), static_cast<DWORD>(program.size())));
  std::wstring line = Quoted(program);
  for (const std::string& argument : arguments) line += L" " + Quoted(ipc::WideFromUtf8(argument));

  SECURITY_ATTRIBUTES inherited{sizeof(inherited), nullptr, TRUE};
  HANDLE file = CreateFileW(ipc::WideFromUtf8(output).c_str(), FILE_APPEND_DATA, FILE_SHARE_READ | FILE_SHARE_WRITE,
                            &inherited, OPEN_ALWAYS, FILE_ATTRIBUTE_NORMAL, nullptr);
  if (file == INVALID_HANDLE_VALUE) return LastError("a file for the output");
  STARTUPINFOW startup{};
  startup.cb = sizeof(startup);
  startup.dwFlags = STARTF_USESTDHANDLES;
  startup.hStdOutput = startup.hStdError = file;
  PROCESS_INFORMATION process{};
  const BOOL started = CreateProcessW(program.c_str(), line.data(), nullptr, nullptr, TRUE, CREATE_NO_WINDOW, nullptr,
                                      nullptr, &startup, &process);
  CloseHandle(file);
  if (!started) return LastError("a process can't be started");
  ChildEnd end;
  end.timed_out =
      WaitForSingleObject(process.hProcess, static_cast<DWORD>(absl::ToInt64Milliseconds(limit))) == WAIT_TIMEOUT;
  if (end.timed_out) {
    TerminateProcess(process.hProcess, 1);
    WaitForSingleObject(process.hProcess, INFINITE);
  }
  DWORD code = 0;
  GetExitCodeProcess(process.hProcess, &code);
  CloseHandle(process.hThread);
  CloseHandle(process.hProcess);
  // An exception that nobody caught ends a process with its code; abort() of the C library with 3.
  constexpr DWORD kFirstException = 0x80000000;
  constexpr DWORD kAbort = 3;
  end.crashed = !end.timed_out && (code >= kFirstException || code == kAbort);
  end.code = code;
  end.how = code >= kFirstException ? absl::StrFormat("0x%08x", code) : absl::StrCat("exit code ", code);
  return end;
}

void ExpectCrashes() {
  SetErrorMode(SEM_FAILCRITICALERRORS | SEM_NOGPFAULTERRORBOX | SEM_NOOPENFILEERRORBOX);
  // At once: while the system looks for somebody to tell, other threads would go on.
  SetUnhandledExceptionFilter([](EXCEPTION_POINTERS* exception) -> LONG {
    ipc::EndProcess(static_cast<int>(exception->ExceptionRecord->ExceptionCode));
  });
}

}  // namespace resource_broker::rhs_host
