#include "broker_service/host/config.h"

#include <fstream>
#include <iterator>
#include <system_error>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "broker_service/faults/faults.h"
#include "broker_service/host/config_remote.h"
#include "broker_service/host/config_rules.h"
#include "broker_service/host/json_shape.h"
#include "broker_service/host/json_text.h"
#include "broker_service/host/local_address.h"
#include "broker_service/host/platform.h"
#include "broker_service/packages/trusted_keys.h"
#include "google/protobuf/util/json_util.h"

namespace resource_broker::broker {
namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t kMaxFileBytes = 1 << 20;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

// A backoff that begins beyond its own maximum is a mistake, unless the maximum was left to its default.
absl::Status ApplyBackoff(const char* key, uint32_t first, uint32_t most) {
  if (first <= most) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(key, ": ", first, " is more than its maximum ", most));
}

// Limits of one kind that say nothing are as wide as the limit of all.
void ApplyThrottles(v1::BrokerConfig::Limits* limits) {
  if (limits->max_running_per_module() == 0) limits->set_max_running_per_module(limits->max_running_operations());
  if (limits->max_running_per_destination() == 0) {
    limits->set_max_running_per_destination(limits->max_running_operations());
  }
}

absl::Status CheckFaults(const v1::BrokerConfig::FaultSettings& faults) {
  if (!faults.allowed() && faults.armed_size() > 0) {
    return absl::InvalidArgumentError("faults.armed: needs faults.allowed to be true");
  }
  for (int i = 0; i < faults.armed_size(); ++i) {
    absl::Status status = CheckFault(faults.armed(i), absl::StrCat("faults.armed[", i, "]."));
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status ApplyPath(const char* key, const fs::path& base, const fs::path& fallback, std::string* value) {
  if (value->find('\0') != std::string::npos) return absl::InvalidArgumentError(absl::StrCat(key, ": contains NUL"));
  const fs::path path = value->empty() ? fallback : fs::u8path(*value);
  *value = (path.is_absolute() ? path : base / path).lexically_normal().u8string();
  return absl::OkStatus();
}

absl::Status CheckAddress(const char* key, const std::string& address) {
  const absl::Status status = CheckLocalAddress(address);
  return status.ok() ? status : absl::InvalidArgumentError(absl::StrCat(key, ": ", status.message()));
}

// A file that may be left out.
absl::Status ApplyFile(const char* key, const fs::path& base, std::string* value) {
  return value->empty() ? absl::OkStatus() : ApplyPath(key, base, {}, value);
}

absl::Status ApplyFiles(const fs::path& base, v1::BrokerConfig::Remote* remote) {
  absl::Status status = ApplyFile("remote.certificateFile", base, remote->mutable_certificate_file());
  if (status.ok()) status = ApplyFile("remote.keyFile", base, remote->mutable_key_file());
  if (status.ok()) status = ApplyFile("remote.trustFile", base, remote->mutable_trust_file());
  if (status.ok()) status = ApplyFile("remote.revocationFile", base, remote->mutable_revocation_file());
  return status;
}

absl::Status Complete(const ConfigPlaces& places, v1::BrokerConfig* config) {
  absl::Status status = ApplyNumbers(config);
  const v1::BrokerConfig::Timeouts& timeouts = config->timeouts();
  if (status.ok()) {
    status = ApplyBackoff("timeouts.moduleRestartBackoffMs", timeouts.module_restart_backoff_ms(),
                          timeouts.module_restart_backoff_max_ms());
  }
  if (status.ok()) {
    status = ApplyBackoff("timeouts.queueRetryMs", timeouts.queue_retry_ms(), timeouts.queue_retry_max_ms());
  }
  ApplyThrottles(config->mutable_limits());
  if (status.ok()) status = ApplyWords(config);
  if (status.ok()) status = TrustedKeys::Parse(*config->mutable_packages()).status();
  if (status.ok()) status = CheckFaults(*config->mutable_faults());
  if (config->bridge_address().empty()) config->set_bridge_address(DefaultBridgeAddress());
  if (config->admin_address().empty()) config->set_admin_address(DefaultAdminAddress());
  if (status.ok() && config->bridge_address() == config->admin_address()) {
    status = absl::InvalidArgumentError("adminAddress: must not be the same as bridgeAddress");
  }
  if (status.ok()) status = CheckAddress("bridgeAddress", config->bridge_address());
  if (status.ok()) status = CheckAddress("adminAddress", config->admin_address());
  if (status.ok()) {
    status = ApplyPath("modulesDirectory", places.base, places.program_folder / "modules",
                       config->mutable_modules_directory());
  }
  if (status.ok()) {
    status = ApplyPath("dataDirectory", places.base, DefaultDataDirectory(), config->mutable_data_directory());
  }
  if (status.ok() && config->has_remote()) {
    status = CompleteRemote(config->mutable_remote());
    if (status.ok()) status = ApplyFiles(places.base, config->mutable_remote());
  }
  if (status.ok() && config->has_metrics()) status = CompleteMetrics(config->mutable_metrics());
  return status;
}

}  // namespace

absl::StatusOr<v1::BrokerConfig> ParseConfig(std::string_view json, const ConfigPlaces& places) {
  // Notepad writes it.
  if (json.substr(0, kByteOrderMark.size()) == kByteOrderMark) json.remove_prefix(kByteOrderMark.size());
  const absl::StatusOr<JsonValue> read = ReadJson(json);
  if (!read.ok()) return read.status();
  v1::BrokerConfig config;
  if (absl::Status status = CheckShape(*read, *config.GetDescriptor(), RangeOf); !status.ok()) return status;
  // Whatever it may still find wrong, it is told of where the places above know of nothing.
  const auto parsed = google::protobuf::util::JsonStringToMessage({json.data(), json.size()}, &config);
  if (!parsed.ok()) {
    return absl::InvalidArgumentError(absl::string_view(parsed.message().data(), parsed.message().size()));
  }
  if (absl::Status status = Complete(places, &config); !status.ok()) return status;
  return config;
}

absl::StatusOr<v1::BrokerConfig> LoadConfig(const fs::path& file) {
  const auto named = [&file](absl::StatusCode code, absl::string_view reason) {
    return absl::Status(code, absl::StrCat(file.u8string(), ": ", reason));
  };
  std::error_code error;
  const fs::path absolute = fs::absolute(file, error);
  if (fs::is_directory(absolute, error)) {
    return named(absl::StatusCode::kInvalidArgument, "is a folder; name the file in it");
  }
  const std::uintmax_t size = fs::file_size(absolute, error);
  if (error) return named(absl::StatusCode::kNotFound, error.message());
  if (size > kMaxFileBytes) return named(absl::StatusCode::kInvalidArgument, "larger than 1 MiB");
  std::ifstream stream(absolute, std::ios::binary);
  const std::string json{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
  if (!stream) return named(absl::StatusCode::kNotFound, "can't be read: is this account allowed to?");
  absl::StatusOr<v1::BrokerConfig> config = ParseConfig(json, {absolute.parent_path(), ProgramFile().parent_path()});
  if (config.ok()) return config;
  return named(config.status().code(), config.status().message());
}

v1::BrokerConfig DefaultConfig() {
  v1::BrokerConfig config;
  // Nothing of it can be wrong where nothing is said.
  Complete({{}, ProgramFile().parent_path()}, &config).IgnoreError();
  return config;
}

fs::path DefaultConfigFile() { return DefaultConfigFolder() / "broker.json"; }

absl::StatusOr<v1::BrokerConfig> ChooseConfig(const fs::path& file) {
  std::error_code error;
  if (!file.empty()) return LoadConfig(file);
  if (fs::exists(DefaultConfigFile(), error)) return LoadConfig(DefaultConfigFile());
  return DefaultConfig();
}

}  // namespace resource_broker::broker
