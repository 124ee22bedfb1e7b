// Windows passes a program its arguments as one text; this makes it.
#pragma once

#include <string>
#include <vector>

namespace resource_broker::process {

// `program` and `arguments` quoted so that CommandLineToArgvW, and the C runtime's own parser, give exactly them back.
std::string CommandLine(const std::string& program, const std::vector<std::string>& arguments);

}  // namespace resource_broker::process
