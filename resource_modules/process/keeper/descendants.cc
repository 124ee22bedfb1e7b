#include "resource_modules/process/keeper/descendants.h"

#include <dirent.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace resource_broker::process {
namespace {

struct Entry {
  ProcessIdentity identity;
  pid_t parent = 0;
  char state = 0;
};

// /proc/<id>/stat: "id (name) state parent …", where the name may hold anything, and field 22 is the start time.
std::optional<Entry> ReadEntry(pid_t id) {
  std::string path = "/proc/" + std::to_string(id) + "/stat";
  std::unique_ptr<FILE, int (*)(FILE*)> file(std::fopen(path.c_str(), "re"), &std::fclose);
  if (file == nullptr) return std::nullopt;
  char text[1024];
  size_t size = std::fread(text, 1, sizeof(text) - 1, file.get());
  text[size] = '\0';
  const char* after_name = std::strrchr(text, ')');
  if (after_name == nullptr) return std::nullopt;
  Entry entry;
  entry.identity.id = id;
  // Fields 3, 4 and 22.
  int fields =
      std::sscanf(after_name + 1, " %c %d %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %llu",
                  &entry.state, &entry.parent, &entry.identity.start_time);
  if (fields != 3) return std::nullopt;
  return entry;
}

}  // namespace

std::vector<ProcessIdentity> Descendants(pid_t ancestor) {
  std::unique_ptr<DIR, int (*)(DIR*)> directory(opendir("/proc"), &closedir);
  std::multimap<pid_t, Entry> by_parent;
  while (directory != nullptr) {
    const dirent* file = readdir(directory.get());
    if (file == nullptr) break;
    char* end = nullptr;
    long id = std::strtol(file->d_name, &end, 10);
    if (id <= 0 || *end != '\0') continue;
    if (std::optional<Entry> entry = ReadEntry(static_cast<pid_t>(id))) by_parent.emplace(entry->parent, *entry);
  }
  std::vector<ProcessIdentity> found;
  std::vector<pid_t> parents = {ancestor};
  while (!parents.empty()) {
    auto [first, last] = by_parent.equal_range(parents.back());
    parents.pop_back();
    for (auto child = first; child != last; ++child) {
      parents.push_back(child->second.identity.id);
      if (child->second.state != 'Z') found.push_back(child->second.identity);
    }
  }
  return found;
}

void SendSignal(const ProcessIdentity& process, int signal) {
  // By number: glibc 2.36 declares these two without C linkage.
  int handle = static_cast<int>(syscall(SYS_pidfd_open, process.id, 0));
  if (handle < 0) {
    // A kernel before 5.3 has no handles of processes; else it has ended.
    if (errno == ENOSYS) kill(process.id, signal);
    return;
  }
  // The handle stays with whom it was opened for: if that is still the one meant, it cannot change any more.
  std::optional<Entry> now = ReadEntry(process.id);
  if (now.has_value() && now->identity.start_time == process.start_time) {
    syscall(SYS_pidfd_send_signal, handle, signal, nullptr, 0);
  }
  close(handle);
}

}  // namespace resource_broker::process
