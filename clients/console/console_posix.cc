#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <system_error>

#include "absl/strings/string_view.h"
#include "clients/console/console.h"

namespace resource_broker::console {

bool PrepareOutput() {
  const char* no_color = std::getenv("NO_COLOR");
  const char* terminal = std::getenv("TERM");
  return isatty(STDOUT_FILENO) == 1 && (no_color == nullptr || *no_color == '\0') && terminal != nullptr &&
         absl::string_view(terminal) != "dumb";
}

bool IsTerminal(Stream stream) {
  switch (stream) {
    case Stream::kInput:
      return isatty(STDIN_FILENO) == 1;
    case Stream::kOutput:
      return isatty(STDOUT_FILENO) == 1;
    case Stream::kError:
      return isatty(STDERR_FILENO) == 1;
  }
  return false;
}

std::string ProgramFolder() {
  std::error_code error;
  const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe", error);
  return error ? "." : program.parent_path().string();
}

}  // namespace resource_broker::console
