#include <winsock2.h>
// clang-format off
#include <windows.h>
// clang-format on

#include "clients/console/console.h"
#include "ipc/utf16.h"

namespace resource_broker::console {

bool PrepareOutput() {
  HANDLE output = GetStdHandle(STD_OUTPUT_HANDLE);
  DWORD mode = 0;
  if (!GetConsoleMode(output, &mode)) return false;
  SetConsoleOutputCP(CP_UTF8);
  const bool colours_unwanted = GetEnvironmentVariableW(L"NO_COLOR", nullptr, 0) > 1;
  return SetConsoleMode(output, mode | ENABLE_VIRTUAL_TERMINAL_PROCESSING) && !colours_unwanted;
}

bool IsTerminal(Stream stream) {
  const DWORD which = stream == Stream::kInput    ? STD_INPUT_HANDLE
                      : stream == Stream::kOutput ? STD_OUTPUT_HANDLE
                                                  : STD_ERROR_HANDLE;
  HANDLE handle = GetStdHandle(which);
  DWORD mode = 0;
  if (!GetConsoleMode(handle, &mode)) return false;
  if (stream == Stream::kError) SetConsoleMode(handle, mode | ENABLE_VIRTUAL_TERMINAL_PROCESSING);
  return true;
}

std::string ProgramFolder() {
  std::wstring path(32768, L'\0');  // the longest path Windows has
  const DWORD length = GetModuleFileNameW(nullptr, path.data(), static_cast<DWORD>(path.size()));
  if (length == 0 || length >= path.size()) return ".";
  path.resize(length);
  return ipc::Utf8FromWide(path.substr(0, path.find_last_of(L"\\/")));
}

}  // namespace resource_broker::console
