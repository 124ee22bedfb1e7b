// What process_subject needs of the operating system.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace resource_broker::process {

// Without the program's name; UTF-8.
std::vector<std::string> SubjectArguments(int argc, char** argv);

// On SIGTERM, CTRL_BREAK on Windows.
void EndWhenAsked(int exit_code);
void IgnoreBeingAsked();

uint32_t OwnProcessId();

// False where there are no windows (natively, and without a display).
bool OpenWindow();
// The exit code.
int StayUntilClosed();

// Starts this program with two other arguments, cut loose from this process as well as the system lets it; its process
// id. It has this program's standard streams, or none.
uint32_t StartDetached(const std::string& first, const std::string& second, bool keep_streams);

}  // namespace resource_broker::process
