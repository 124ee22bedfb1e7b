// What may come next on a command line, out of the commands themselves.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "CLI/CLI.hpp"

namespace resource_broker::brokerctl {

struct Candidate {
  std::string text;
  std::string description;
};

struct Completion {
  std::vector<Candidate> candidates;
  // The shell completes the name of a file.
  bool files = false;
};

// What only a broker, or a file, knows: the candidates of a kind, as positionals and types of options are called
// ("RESOURCE", "MODULE", "VERSION", "ID", "CONTEXT", …). `globals` are the words of options of `app` itself that were
// typed so far, `positionals` those of the command.
using Lookup = std::function<std::vector<Candidate>(const std::string& kind, const std::vector<std::string>& globals,
                                                    const std::vector<std::string>& positionals)>;

// The words of a line as shells understand it: quotes, and backslashes outside of single quotes where they stand before
// a space, a quote or another backslash. The last one is what is being typed, and may be empty.
std::vector<std::string> SplitLine(const std::string& line);

// `words`: those after the program's name; all candidates begin with the last.
Completion Complete(const CLI::App& app, const std::vector<std::string>& words, const Lookup& lookup);

// What the shell's start-up file takes in; empty for a shell that is none of bash, zsh, fish and powershell.
std::string CompletionScript(const std::string& shell);

}  // namespace resource_broker::brokerctl
