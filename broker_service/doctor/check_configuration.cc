#include "absl/strings/str_cat.h"
#include "broker_service/doctor/checks.h"
#include "broker_service/host/config.h"

namespace resource_broker::broker {

std::optional<v1::BrokerConfig> CheckConfiguration(const DoctorOptions& options, Findings* findings) {
  absl::StatusOr<v1::BrokerConfig> config = ChooseConfig(options.config_file);
  if (!config.ok()) {
    findings->Error("configuration", std::string(config.status().message()),
                    "correct that place of the file, or name another one with --config");
    return std::nullopt;
  }
  std::error_code error;
  const std::filesystem::path file = options.config_file.empty() ? DefaultConfigFile() : options.config_file;
  findings->Ok("configuration", std::filesystem::exists(file, error)
                                    ? file.u8string()
                                    : absl::StrCat("there is no ", file.u8string(), ", so the defaults hold"));
  if (config->faults().allowed()) {
    findings->Warning(
        "configuration.faults", "faults.allowed is true: any administrator may crash the broker at will",
        "take \"faults\" out of the configuration, unless this node is for tests, and restart the broker");
  }
  return *std::move(config);
}

}  // namespace resource_broker::broker
