// The configuration while the broker runs.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "broker_service/api/configuration_service.h"
#include "broker_service/operations/clock.h"
#include "resource_broker/v1/config.pb.h"

namespace resource_broker::broker {

// What of it can be changed is what somebody takes over. Thread-safe.
class LiveConfig : public ConfigurationSource {
 public:
  // `config` is in force, and was chosen by ChooseConfig(file). `clock` outlives it.
  LiveConfig(v1::BrokerConfig config, std::filesystem::path file, const Clock* clock);

  // At each reload `apply` is given the configuration that is in force from then on; it must not fail. Before the first
  // other call.
  void Add(std::vector<std::string> keys, std::function<void(const v1::BrokerConfig&)> apply);

  v1::GetConfigurationResponse Current() override;
  v1::ConfigurationCheck Validate(const std::string& json) override;
  v1::ConfigurationCheck Reload() override;

 private:
  struct Live {
    std::vector<std::string> keys;
    std::function<void(const v1::BrokerConfig&)> apply;
  };
  bool IsLive(const std::string& key) const;
  v1::ConfigurationCheck Compare(const absl::StatusOr<v1::BrokerConfig>& with) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  const std::filesystem::path file_;
  const Clock* const clock_;
  std::vector<Live> live_;
  absl::Mutex mu_;
  v1::BrokerConfig config_ ABSL_GUARDED_BY(mu_);
  int64_t loaded_unix_us_ ABSL_GUARDED_BY(mu_);
};

}  // namespace resource_broker::broker
