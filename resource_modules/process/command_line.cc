#include "resource_modules/process/command_line.h"

namespace resource_broker::process {
namespace {

// A quote inside needs a backslash, and backslashes before a quote (the closing one too) count double.
std::string Quoted(const std::string& argument) {
  std::string quoted = "\"";
  size_t backslashes = 0;
  for (char c : argument) {
    if (c == '"') quoted.append(backslashes + 1, '\\');
    backslashes = c == '\\' ? backslashes + 1 : 0;
    quoted.push_back(c);
  }
  quoted.append(backslashes, '\\');
  quoted.push_back('"');
  return quoted;
}

}  // namespace

std::string CommandLine(const std::string& program, const std::vector<std::string>& arguments) {
  // The program's own name is parsed by another rule: up to the next quote, and backslashes mean nothing.
  std::string line = "\"" + program + "\"";
  for (const std::string& argument : arguments) {
    bool plain = !argument.empty() && argument.find_first_of(" \t\n\v\"") == std::string::npos;
    line += " " + (plain ? argument : Quoted(argument));
  }
  return line;
}

}  // namespace resource_broker::process
