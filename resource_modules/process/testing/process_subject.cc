// A program for tests to start: process_subject MODE [ARGUMENT...]. Modes:
//   exit CODE          ends at once
//   wait               says "ready" and stays
//   graceful CODE      likewise, and ends with CODE when asked to end
//   stubborn           likewise, and does not end when asked
//   detach             starts a `stubborn` that leaves its session and group, says its process id, and stays
//   orphan             the same, and ends
//   window             opens a window, says "ready", and ends with 6 when it is closed; says "no" where there are none
//   arguments …        prints each argument in a line of its own
//   environment NAME   prints that variable, or "(none)"
//   folder             prints the current folder
//   await_file FILE    says "ready", then "seen" when there is such a file, and ends with 4 when it is gone
//   copy               copies stdin to stdout, then says "copied" on stderr
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "resource_modules/process/testing/subject_system.h"

namespace {

using namespace resource_broker::process;  // NOLINT(google-build-using-namespace): a program of one page

void Say(const std::string& line) {
  std::printf("%s\n", line.c_str());
  std::fflush(stdout);
}

int Stay() {
  Say("ready");
  // Longer than any test; a subject that is forgotten ends some time.
  std::this_thread::sleep_for(std::chrono::minutes(10));
  return 99;
}

int Copy() {
  char buffer[4096];
  while (size_t size = std::fread(buffer, 1, sizeof(buffer), stdin)) std::fwrite(buffer, 1, size, stdout);
  std::fflush(stdout);
  std::fputs("copied\n", stderr);
  return 0;
}

int AwaitFile(const std::filesystem::path& file) {
  Say("ready");
  while (!std::filesystem::exists(file)) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  Say("seen");
  while (std::filesystem::exists(file)) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  return 4;
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::string> arguments = SubjectArguments(argc, argv);
  std::string mode = arguments.empty() ? "" : arguments[0];
  std::string first = arguments.size() < 2 ? "" : arguments[1];
  if (mode == "exit") return std::atoi(first.c_str());
  if (mode == "wait") return Stay();
  if (mode == "graceful") {
    EndWhenAsked(std::atoi(first.c_str()));
    return Stay();
  }
  if (mode == "stubborn") {
    IgnoreBeingAsked();
    return Stay();
  }
  if (mode == "detach" || mode == "orphan") {
    Say(std::to_string(StartDetached("stubborn", "", false)));
    return mode == "detach" ? Stay() : 0;
  }
  if (mode == "window") {
    bool opened = OpenWindow();
    Say(opened ? "ready" : "no");
    return opened ? StayUntilClosed() : 0;
  }
  if (mode == "arguments") {
    for (size_t i = 1; i < arguments.size(); ++i) Say(arguments[i]);
    return 0;
  }
  if (mode == "environment") {
    const char* value = std::getenv(first.c_str());
    Say(value == nullptr ? "(none)" : value);
    return 0;
  }
  if (mode == "folder") {
    Say(std::filesystem::current_path().generic_u8string());
    return 0;
  }
  if (mode == "await_file") return AwaitFile(std::filesystem::u8path(first));
  return mode == "copy" ? Copy() : 2;
}
