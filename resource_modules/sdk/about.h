// What a module's program says of itself to somebody who runs it by hand.
#pragma once

#include <string>

namespace resource_broker::sdk {

struct About {
  // From the manifest.json beside the program; the program's own name and no version if there is none.
  std::string name;
  std::string version = "(no manifest.json beside it)";
  std::string description;
};

About AboutThisProgram();

// A few lines: what it is, how it is run.
std::string HelpText(const About& about);

}  // namespace resource_broker::sdk
