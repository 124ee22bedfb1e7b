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

// Starts this program in another mode, cut loose from this process as well as the system lets it; its process id.
uint32_t StartDetached(const std::string& mode);

}  // namespace resource_broker::process
