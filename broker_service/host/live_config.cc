#include "broker_service/host/live_config.h"

#include <algorithm>
#include <system_error>
#include <utility>

#include "absl/strings/str_join.h"
#include "broker_service/events/event_log.h"
#include "broker_service/host/config.h"
#include "broker_service/host/config_difference.h"
#include "broker_service/host/platform.h"
#include "broker_service/log.h"
#include "google/protobuf/util/json_util.h"

namespace resource_broker::broker {
namespace {

std::string KeysOrNothing(const google::protobuf::RepeatedPtrField<std::string>& keys) {
  return keys.empty() ? "nothing" : absl::StrJoin(keys, ", ");
}

}  // namespace

LiveConfig::LiveConfig(v1::BrokerConfig config, std::filesystem::path file, const Clock* clock)
    : file_(std::move(file)), clock_(clock), config_(std::move(config)), loaded_unix_us_(clock->WallMicros()) {}

void LiveConfig::Add(std::vector<std::string> keys, std::function<void(const v1::BrokerConfig&)> apply) {
  live_.push_back({std::move(keys), std::move(apply)});
}

bool LiveConfig::IsLive(const std::string& key) const {
  return std::any_of(live_.begin(), live_.end(), [&key](const Live& live) {
    return std::find(live.keys.begin(), live.keys.end(), key) != live.keys.end();
  });
}

v1::GetConfigurationResponse LiveConfig::Current() {
  v1::GetConfigurationResponse current;
  google::protobuf::util::JsonPrintOptions options;
  options.add_whitespace = true;
  options.always_print_primitive_fields = true;
  std::error_code error;
  const std::filesystem::path file = file_.empty() ? DefaultConfigFile() : file_;
  if (std::filesystem::exists(file, error)) current.set_file(std::filesystem::absolute(file, error).u8string());
  absl::MutexLock lock(&mu_);
  // It can't fail for a message of ours.
  (void)google::protobuf::util::MessageToJsonString(config_, current.mutable_json(), options);
  current.set_loaded_unix_us(loaded_unix_us_);
  return current;
}

v1::ConfigurationCheck LiveConfig::Compare(const absl::StatusOr<v1::BrokerConfig>& with) {
  v1::ConfigurationCheck check;
  if (!with.ok()) {
    check.set_error(std::string(with.status().message()));
    return check;
  }
  for (std::string& key : DifferingKeys(config_, *with)) {
    if (IsLive(key)) {
      check.add_live(std::move(key));
    } else {
      check.add_needs_restart(std::move(key));
    }
  }
  return check;
}

v1::ConfigurationCheck LiveConfig::Validate(const std::string& json) {
  std::error_code error;
  const std::filesystem::path base =
      file_.empty() ? DefaultConfigFolder() : std::filesystem::absolute(file_, error).parent_path();
  const absl::StatusOr<v1::BrokerConfig> parsed = ParseConfig(json, {base, ProgramFile().parent_path()});
  absl::MutexLock lock(&mu_);
  return Compare(parsed);
}

v1::ConfigurationCheck LiveConfig::Reload() {
  // Of two reloads at once the one that read last is in force.
  absl::MutexLock lock(&mu_);
  const absl::StatusOr<v1::BrokerConfig> loaded = ChooseConfig(file_);
  v1::ConfigurationCheck check = Compare(loaded);
  if (!check.error().empty()) {
    RaiseEvent(EventId::kConfigurationRefused, check.error());
    return check;
  }
  for (const std::string& key : check.live()) CopyKey(*loaded, key, &config_);
  loaded_unix_us_ = clock_->WallMicros();
  for (const Live& live : live_) live.apply(config_);
  RaiseEvent(EventId::kConfigurationReloaded, KeysOrNothing(check.live()), KeysOrNothing(check.needs_restart()));
  return check;
}

}  // namespace resource_broker::broker
