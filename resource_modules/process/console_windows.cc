#include "resource_modules/process/console_windows.h"

#include <algorithm>

#include "absl/base/const_init.h"
#include "absl/synchronization/mutex.h"

namespace resource_broker::process {
namespace {

ABSL_CONST_INIT absl::Mutex console_mutex(absl::kConstInit);

struct Search {
  const std::vector<DWORD>* process_ids;
  int closed;
};

BOOL CALLBACK CloseIfWanted(HWND window, LPARAM parameter) {
  auto* search = reinterpret_cast<Search*>(parameter);
  DWORD owner = 0;
  GetWindowThreadProcessId(window, &owner);
  bool wanted =
      std::find(search->process_ids->begin(), search->process_ids->end(), owner) != search->process_ids->end();
  if (wanted && PostMessageW(window, WM_CLOSE, 0, 0) != 0) ++search->closed;
  return TRUE;
}

}  // namespace

void EnsureConsole() {
  absl::MutexLock lock(&console_mutex);
  DWORD ignored = 0;
  if (GetConsoleProcessList(&ignored, 1) > 0) return;
  const DWORD kStreams[] = {STD_INPUT_HANDLE, STD_OUTPUT_HANDLE, STD_ERROR_HANDLE};
  HANDLE before[3];
  for (int i = 0; i < 3; ++i) before[i] = GetStdHandle(kStreams[i]);
  if (AllocConsole() == 0) return;
  if (HWND window = GetConsoleWindow()) ShowWindow(window, SW_HIDE);
  for (int i = 0; i < 3; ++i) SetStdHandle(kStreams[i], before[i]);
}

int CloseWindowsOf(const std::vector<DWORD>& process_ids) {
  Search search = {&process_ids, 0};
  EnumWindows(&CloseIfWanted, reinterpret_cast<LPARAM>(&search));
  return search.closed;
}

}  // namespace resource_broker::process
