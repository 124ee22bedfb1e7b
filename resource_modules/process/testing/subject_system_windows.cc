#include <windows.h>
// After windows.h, which it needs.
#include <shellapi.h>

#include "ipc/utf16.h"
#include "resource_modules/process/testing/subject_system.h"

namespace resource_broker::process {
namespace {

UINT exit_code_when_asked = 0;

}  // namespace

std::vector<std::string> SubjectArguments(int /*argc*/, char** /*argv*/) {
  int count = 0;
  wchar_t** wide = CommandLineToArgvW(GetCommandLineW(), &count);
  std::vector<std::string> arguments;
  for (int i = 1; i < count; ++i) arguments.push_back(ipc::Utf8FromWide(wide[i]));
  LocalFree(wide);
  return arguments;
}

void EndWhenAsked(int exit_code) {
  exit_code_when_asked = static_cast<UINT>(exit_code);
  SetConsoleCtrlHandler([](DWORD) -> BOOL { ExitProcess(exit_code_when_asked); }, TRUE);
}

void IgnoreBeingAsked() {
  SetConsoleCtrlHandler([](DWORD) -> BOOL { return TRUE; }, TRUE);
}

uint32_t OwnProcessId() { return GetCurrentProcessId(); }

bool OpenWindow() {
  WNDCLASSW window_class = {};
  window_class.lpszClassName = L"process_subject";
  window_class.hInstance = GetModuleHandleW(nullptr);
  window_class.lpfnWndProc = [](HWND window, UINT message, WPARAM first, LPARAM second) -> LRESULT {
    if (message == WM_DESTROY) PostQuitMessage(6);
    return DefWindowProcW(window, message, first, second);
  };
  RegisterClassW(&window_class);
  return CreateWindowW(L"process_subject", L"subject", WS_OVERLAPPEDWINDOW, 0, 0, 100, 100, nullptr, nullptr,
                       window_class.hInstance, nullptr) != nullptr;
}

int StayUntilClosed() {
  MSG message = {};
  while (GetMessageW(&message, nullptr, 0, 0) > 0) DispatchMessageW(&message);
  return static_cast<int>(message.wParam);
}

uint32_t StartDetached(const std::string& first, const std::string& second, bool keep_streams) {
  wchar_t program[MAX_PATH];
  GetModuleFileNameW(nullptr, program, MAX_PATH);
  std::wstring command_line = L"subject " + ipc::WideFromUtf8("\"" + first + "\" \"" + second + "\"");
  STARTUPINFOW startup = {};
  startup.cb = sizeof(startup);
  if (keep_streams) {
    startup.dwFlags = STARTF_USESTDHANDLES;
    startup.hStdInput = GetStdHandle(STD_INPUT_HANDLE);
    startup.hStdOutput = GetStdHandle(STD_OUTPUT_HANDLE);
    startup.hStdError = GetStdHandle(STD_ERROR_HANDLE);
  }
  PROCESS_INFORMATION process = {};
  if (CreateProcessW(program, command_line.data(), nullptr, nullptr, keep_streams ? TRUE : FALSE,
                     DETACHED_PROCESS | CREATE_NEW_PROCESS_GROUP, nullptr, nullptr, &startup, &process) == 0) {
    return 0;
  }
  CloseHandle(process.hThread);
  CloseHandle(process.hProcess);
  return process.dwProcessId;
}

}  // namespace resource_broker::process
