#include "resource_modules/sdk/log.h"

#include <cstdio>
#include <string>

#include "resource_modules/sdk/text.h"

namespace resource_broker::sdk {

void Log(absl::string_view line) {
  std::string text = MessageText(line) + "\n";
  // One call, so that lines of several threads do not mix.
  std::fwrite(text.data(), 1, text.size(), stderr);
}

}  // namespace resource_broker::sdk
