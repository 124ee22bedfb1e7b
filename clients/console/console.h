// The two ends of a console program that differ between platforms: how arguments come in, how text goes out.
#pragma once

#include <string>
#include <vector>

namespace resource_broker::console {

// What the program does, defined by each program; arguments are UTF-8, without the program's own name. Its result is
// the exit code. main() or wmain() is in entry_<platform>.cc.
int ProgramMain(std::vector<std::string> arguments);

// Whether standard output is a terminal that shows colours, so that escape sequences may be written. False if the
// environment variable NO_COLOR is set and not empty. On Windows it also makes the console take UTF-8.
bool PrepareOutput();

enum class Stream { kInput, kOutput, kError };

// Whether a person is at the other end of it. On Windows also makes that of errors take escape sequences.
bool IsTerminal(Stream stream);

// The folder of the running program, UTF-8, without a separator at the end; "." if the system does not tell.
std::string ProgramFolder();

}  // namespace resource_broker::console
