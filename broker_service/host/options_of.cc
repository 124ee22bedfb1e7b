#include "broker_service/host/options_of.h"

#include <algorithm>
#include <filesystem>
#include <string>

#include "absl/time/time.h"
#include "broker_service/host/module_sockets.h"
#include "broker_service/host/platform.h"

namespace resource_broker::broker {

ThrottleLimits ThrottlesOf(const v1::BrokerConfig& config) {
  return {config.limits().max_running_operations(), config.limits().max_running_per_module(),
          config.limits().max_running_per_destination()};
}

LogLevel LogLevelOf(const v1::BrokerConfig& config) {
  const std::string& level = config.log_level();
  if (level == "trace") return LogLevel::kTrace;
  if (level == "debug") return LogLevel::kDebug;
  if (level == "warning") return LogLevel::kWarning;
  return level == "error" ? LogLevel::kError : LogLevel::kInfo;
}

EngineOptions EngineOptionsOf(const v1::BrokerConfig& config) {
  EngineOptions options;
  options.max_resources = config.limits().max_resources();
  options.running = ThrottlesOf(config);
  options.max_pending_operations = config.limits().max_pending_operations();
  options.module_terminate = absl::Milliseconds(config.timeouts().module_terminate_ms());
  options.queue_retry = absl::Milliseconds(config.timeouts().queue_retry_ms());
  options.queue_retry_max = absl::Milliseconds(config.timeouts().queue_retry_max_ms());
  options.journal_retry = absl::Milliseconds(config.timeouts().journal_retry_ms());
  options.queue_by_cluster = config.queue().mode() == "cluster";
  options.report_restored_as_failed = config.restore().report() == "failed";
  options.windows_build = WindowsBuild();
  return options;
}

ModuleOptions ModuleOptionsOf(const v1::BrokerConfig& config) {
  const v1::BrokerConfig::Timeouts& timeouts = config.timeouts();
  ModuleOptions options;
  options.modules_directory = std::filesystem::u8path(config.modules_directory());
  options.log_directory = std::filesystem::u8path(config.data_directory()) / "logs" / "modules";
  options.running_directory = std::filesystem::u8path(config.data_directory()) / "running";
  options.active_directory = std::filesystem::u8path(config.data_directory()) / "active";
  options.socket_directory = ModuleSocketFolder(config.bridge_address());
  options.handshake = absl::Milliseconds(timeouts.module_handshake_ms());
  options.call = absl::Milliseconds(timeouts.module_call_ms());
  // No module outlasts the broker's own end.
  options.stop = absl::Milliseconds(std::min(timeouts.module_stop_ms(), timeouts.broker_stop_ms() / 2));
  options.terminate = absl::Milliseconds(timeouts.module_terminate_ms());
  options.restart_backoff = absl::Milliseconds(timeouts.module_restart_backoff_ms());
  options.restart_backoff_max = absl::Milliseconds(timeouts.module_restart_backoff_max_ms());
  options.max_failures = config.limits().max_module_failures();
  options.stable_after = absl::Milliseconds(timeouts.module_stable_ms());
  options.ask_again = absl::Milliseconds(timeouts.module_ask_again_ms());
  options.last_words = absl::Milliseconds(timeouts.module_last_words_ms());
  options.probation = absl::Milliseconds(timeouts.module_probation_ms());
  options.self_test = absl::Milliseconds(timeouts.module_self_test_ms());
  options.tells = absl::Milliseconds(timeouts.module_tells_ms());
  options.keep_versions = config.modules().keep_versions();
  return options;
}

}  // namespace resource_broker::broker
