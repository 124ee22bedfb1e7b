#include "broker_service/host/prepare_panic.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>

#include "absl/strings/match.h"
#include "broker_service/host/config.h"
#include "broker_service/host/platform.h"
#include "broker_service/panic/panic.h"

namespace resource_broker::broker {
namespace {

namespace fs = std::filesystem;

constexpr char kConfig[] = "--config";

bool Has(const std::vector<std::string>& arguments, const char* argument) {
  return std::find(arguments.begin(), arguments.end(), argument) != arguments.end();
}

// The command line itself is parsed later, and by what may fail.
std::string ConfigOf(const std::vector<std::string>& arguments) {
  for (size_t i = 0; i < arguments.size(); ++i) {
    if (arguments[i] == kConfig && i + 1 < arguments.size()) return arguments[i + 1];
    if (absl::StartsWith(arguments[i], "--config=")) return arguments[i].substr(sizeof(kConfig));
  }
  return "";
}

}  // namespace

void PrepareForPanic(const std::vector<std::string>& arguments) {
  if (arguments.empty() || arguments.front() != "run") return;
  const absl::StatusOr<v1::BrokerConfig> config = ChooseConfig(fs::u8path(ConfigOf(arguments)));
  const fs::path data = config.ok() ? fs::u8path(config->data_directory()) : DefaultDataDirectory();
  if (Has(arguments, "--service")) {
    const absl::Status bound = BindErrors(data / "logs" / "panic.log");
    if (!bound.ok()) fprintf(stderr, "resource_broker: no panic file: %s\n", std::string(bound.message()).c_str());
  }
  InstallPanicHandlers(data / "dumps");
}

}  // namespace resource_broker::broker
