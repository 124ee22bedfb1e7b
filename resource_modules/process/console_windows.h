// Reaching the programs this process started, as a user at their console or window would.
#pragma once

#include <windows.h>

#include <vector>

namespace resource_broker::process {

// Gives this process a console, without a window, if it has none and can have one: CTRL_BREAK is delivered by a console
// to those who share it. The standard handles stay what they were.
void EnsureConsole();

// Posts WM_CLOSE to the top-level windows of these processes; to how many.
int CloseWindowsOf(const std::vector<DWORD>& process_ids);

}  // namespace resource_broker::process
