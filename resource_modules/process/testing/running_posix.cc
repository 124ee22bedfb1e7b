#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <string>

#include "resource_modules/process/testing/running.h"

namespace resource_broker::process {

bool IsRunning(uint32_t process_id) {
  std::ifstream file("/proc/" + std::to_string(process_id) + "/stat");
  std::string text;
  if (!std::getline(file, text)) return false;
  size_t state = text.rfind(')') + 2;
  return state < text.size() && text[state] != 'Z' && text[state] != 'X';
}

void KillProcess(uint32_t process_id) { kill(static_cast<pid_t>(process_id), SIGKILL); }

bool WaitUntilGone(uint32_t process_id, std::chrono::milliseconds timeout) {
  int handle = static_cast<int>(syscall(SYS_pidfd_open, process_id, 0));
  if (handle < 0) return true;
  pollfd ended = {handle, POLLIN, 0};
  bool gone = poll(&ended, 1, static_cast<int>(timeout.count())) == 1;
  close(handle);
  return gone;
}

bool CanBeAskedToEnd() { return true; }

}  // namespace resource_broker::process
