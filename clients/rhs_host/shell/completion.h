// What may be typed next in the shell.
#pragma once

#include <string>
#include <vector>

namespace resource_broker::rhs_host {

// All words that can follow in a command: its name, a resource's, and what the command takes, an argument that has a
// value with its `=`. `line` is what stands before the cursor, `resources` are those that are open.
std::vector<std::string> Candidates(const std::string& line, const std::vector<std::string>& resources);

}  // namespace resource_broker::rhs_host
