#include "broker_service/host/config.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <system_error>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "broker_service/faults/faults.h"
#include "broker_service/host/config_remote.h"
#include "broker_service/host/platform.h"
#include "broker_service/packages/trusted_keys.h"
#include "google/protobuf/util/json_util.h"

namespace resource_broker::broker {
namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t kMaxFileBytes = 1 << 20;
constexpr uint32_t kMaxWaitMs = 24 * 3600 * 1000;

// One number of the configuration: what it is where nothing is said, and what it may be.
template <typename Message>
struct NumberRule {
  const char* key;
  uint32_t (Message::*get)() const;
  void (Message::*set)(uint32_t);
  uint32_t fallback;
  uint32_t least;
  uint32_t most;
};

using Limits = v1::BrokerConfig::Limits;
constexpr NumberRule<Limits> kLimits[] = {
    {"limits.maxInBufferBytes", &Limits::max_in_buffer_bytes, &Limits::set_max_in_buffer_bytes, 1 << 20, 1, 3 << 20},
    {"limits.maxSessions", &Limits::max_sessions, &Limits::set_max_sessions, 64, 1, 4096},
    {"limits.maxResources", &Limits::max_resources, &Limits::set_max_resources, 20000, 1, 1000000},
    {"limits.maxRunningOperations", &Limits::max_running_operations, &Limits::set_max_running_operations, 1024, 1,
     100000},
    {"limits.maxRunningPerModule", &Limits::max_running_per_module, &Limits::set_max_running_per_module, 0, 1, 100000},
    {"limits.maxRunningPerDestination", &Limits::max_running_per_destination, &Limits::set_max_running_per_destination,
     0, 1, 100000},
    {"limits.maxPendingOperations", &Limits::max_pending_operations, &Limits::set_max_pending_operations, 20000, 1,
     1000000},
    {"limits.maxEndedOperations", &Limits::max_ended_operations, &Limits::set_max_ended_operations, 10000, 1, 1000000},
    {"limits.maxEndedDays", &Limits::max_ended_days, &Limits::set_max_ended_days, 30, 1, 36500},
    {"limits.maxJournalBacklogBytes", &Limits::max_journal_backlog_bytes, &Limits::set_max_journal_backlog_bytes,
     256 << 20, 16 << 20, 0x80000000},
    {"limits.maxModuleFailures", &Limits::max_module_failures, &Limits::set_max_module_failures, 6, 1, 1000},
    {"limits.maxStreamBacklog", &Limits::max_stream_backlog, &Limits::set_max_stream_backlog, 4096, 16, 1000000},
    {"limits.maxPackageBytes", &Limits::max_package_bytes, &Limits::set_max_package_bytes, 256 << 20, 1024, 0x80000000},
    {"limits.maxConnections", &Limits::max_connections, &Limits::set_max_connections, 128, 1, 4096},
    {"limits.maxRemoteConnections", &Limits::max_remote_connections, &Limits::set_max_remote_connections, 256, 1,
     65536},
    {"limits.maxConnectionsPerIdentity", &Limits::max_connections_per_identity,
     &Limits::set_max_connections_per_identity, 32, 1, 65536},
    {"limits.maxHandshakes", &Limits::max_handshakes, &Limits::set_max_handshakes, 64, 1, 65536},
    {"limits.maxCallsPerSecond", &Limits::max_calls_per_second, &Limits::set_max_calls_per_second, 100, 1, 1000000},
    {"limits.maxStreamsPerConnection", &Limits::max_streams_per_connection, &Limits::set_max_streams_per_connection,
     100, 1, 4096},
    {"limits.maxAuditRecords", &Limits::max_audit_records, &Limits::set_max_audit_records, 1000000, 1000, 100000000},
    {"limits.maxAuditDays", &Limits::max_audit_days, &Limits::set_max_audit_days, 365, 1, 36500},
};

using Timeouts = v1::BrokerConfig::Timeouts;
constexpr NumberRule<Timeouts> kTimeouts[] = {
    {"timeouts.moduleHandshakeMs", &Timeouts::module_handshake_ms, &Timeouts::set_module_handshake_ms, 10000, 1,
     kMaxWaitMs},
    {"timeouts.moduleCallMs", &Timeouts::module_call_ms, &Timeouts::set_module_call_ms, 5000, 1, kMaxWaitMs},
    {"timeouts.moduleTerminateMs", &Timeouts::module_terminate_ms, &Timeouts::set_module_terminate_ms, 10000, 1,
     kMaxWaitMs},
    {"timeouts.moduleStopMs", &Timeouts::module_stop_ms, &Timeouts::set_module_stop_ms, 10000, 1, kMaxWaitMs},
    {"timeouts.moduleRestartBackoffMs", &Timeouts::module_restart_backoff_ms, &Timeouts::set_module_restart_backoff_ms,
     200, 1, kMaxWaitMs},
    {"timeouts.moduleRestartBackoffMaxMs", &Timeouts::module_restart_backoff_max_ms,
     &Timeouts::set_module_restart_backoff_max_ms, 60000, 1, kMaxWaitMs},
    {"timeouts.brokerStopMs", &Timeouts::broker_stop_ms, &Timeouts::set_broker_stop_ms, 30000, 100, kMaxWaitMs},
    {"timeouts.firstByteMs", &Timeouts::first_byte_ms, &Timeouts::set_first_byte_ms, 5000, 1, kMaxWaitMs},
    {"timeouts.sessionGraceMs", &Timeouts::session_grace_ms, &Timeouts::set_session_grace_ms, 120000, 1, kMaxWaitMs},
    {"timeouts.queueRetryMs", &Timeouts::queue_retry_ms, &Timeouts::set_queue_retry_ms, 500, 1, kMaxWaitMs},
    {"timeouts.queueRetryMaxMs", &Timeouts::queue_retry_max_ms, &Timeouts::set_queue_retry_max_ms, 30000, 1,
     kMaxWaitMs},
    {"timeouts.journalRetryMs", &Timeouts::journal_retry_ms, &Timeouts::set_journal_retry_ms, 500, 1, kMaxWaitMs},
    {"timeouts.packageUploadMs", &Timeouts::package_upload_ms, &Timeouts::set_package_upload_ms, 600000, 1, kMaxWaitMs},
    {"timeouts.slowStepMs", &Timeouts::slow_step_ms, &Timeouts::set_slow_step_ms, 1000, 1, kMaxWaitMs},
    {"timeouts.moduleStableMs", &Timeouts::module_stable_ms, &Timeouts::set_module_stable_ms, 60000, 1, kMaxWaitMs},
    {"timeouts.moduleAskAgainMs", &Timeouts::module_ask_again_ms, &Timeouts::set_module_ask_again_ms, 200, 1,
     kMaxWaitMs},
    {"timeouts.moduleLastWordsMs", &Timeouts::module_last_words_ms, &Timeouts::set_module_last_words_ms, 1000, 1,
     kMaxWaitMs},
    {"timeouts.callsStopMs", &Timeouts::calls_stop_ms, &Timeouts::set_calls_stop_ms, 2000, 1, kMaxWaitMs},
    {"timeouts.streamEndMs", &Timeouts::stream_end_ms, &Timeouts::set_stream_end_ms, 2000, 1, kMaxWaitMs},
    {"timeouts.upgradeSettleMs", &Timeouts::upgrade_settle_ms, &Timeouts::set_upgrade_settle_ms, 500, 1, kMaxWaitMs},
    {"timeouts.upgradeCallsStopMs", &Timeouts::upgrade_calls_stop_ms, &Timeouts::set_upgrade_calls_stop_ms, 100, 1,
     kMaxWaitMs},
    {"timeouts.takeOverRetryMs", &Timeouts::take_over_retry_ms, &Timeouts::set_take_over_retry_ms, 5, 1, kMaxWaitMs},
    {"timeouts.moduleTellsMs", &Timeouts::module_tells_ms, &Timeouts::set_module_tells_ms, 1000, 1, kMaxWaitMs},
    {"timeouts.takeOverMs", &Timeouts::take_over_ms, &Timeouts::set_take_over_ms, 30000, 1, kMaxWaitMs},
    {"timeouts.moduleProbationMs", &Timeouts::module_probation_ms, &Timeouts::set_module_probation_ms, 60000, 1,
     kMaxWaitMs},
    {"timeouts.journalBackupMs", &Timeouts::journal_backup_ms, &Timeouts::set_journal_backup_ms, 600000, 1, kMaxWaitMs},
    {"timeouts.moduleSelfTestMs", &Timeouts::module_self_test_ms, &Timeouts::set_module_self_test_ms, 30000, 1,
     kMaxWaitMs},
    {"timeouts.tlsHandshakeMs", &Timeouts::tls_handshake_ms, &Timeouts::set_tls_handshake_ms, 5000, 1, kMaxWaitMs},
    {"timeouts.remoteIdleMs", &Timeouts::remote_idle_ms, &Timeouts::set_remote_idle_ms, 300000, 1, kMaxWaitMs},
    {"timeouts.remoteAgeMs", &Timeouts::remote_age_ms, &Timeouts::set_remote_age_ms, 3600000, 1, kMaxWaitMs},
    {"timeouts.certificatePollMs", &Timeouts::certificate_poll_ms, &Timeouts::set_certificate_poll_ms, 10000, 1,
     kMaxWaitMs},
};

using Modules = v1::BrokerConfig::Modules;
constexpr NumberRule<Modules> kModules[] = {
    {"modules.keepVersions", &Modules::keep_versions, &Modules::set_keep_versions, 3, 1, 100},
};

template <typename Message, size_t kCount>
absl::Status Apply(const NumberRule<Message> (&rules)[kCount], Message* message) {
  for (const NumberRule<Message>& rule : rules) {
    const uint32_t value = (message->*rule.get)();
    if (value == 0) {
      (message->*rule.set)(rule.fallback);
    } else if (value < rule.least || value > rule.most) {
      return absl::InvalidArgumentError(
          absl::StrCat(rule.key, ": must be ", rule.least, " to ", rule.most, ", not ", value));
    }
  }
  return absl::OkStatus();
}

// A backoff that begins beyond its own maximum is a mistake, unless the maximum was left to its default.
absl::Status ApplyBackoff(const char* key, uint32_t first, uint32_t most) {
  if (first <= most) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(key, ": ", first, " is more than its maximum ", most));
}

// One word of several, the first of which is the default.
absl::Status ApplyWord(const char* key, const std::vector<std::string>& words, std::string* value) {
  if (value->empty()) *value = words.front();
  if (std::find(words.begin(), words.end(), *value) != words.end()) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(key, ": must be one of ", absl::StrJoin(words, ", "), ", not \"", *value, "\""));
}

// Limits of one kind that say nothing are as wide as the limit of all.
void ApplyThrottles(Limits* limits) {
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
  absl::Status status = Apply(kLimits, config->mutable_limits());
  if (status.ok()) status = Apply(kTimeouts, config->mutable_timeouts());
  if (status.ok()) status = Apply(kModules, config->mutable_modules());
  const Timeouts& timeouts = config->timeouts();
  if (status.ok()) {
    status = ApplyBackoff("timeouts.moduleRestartBackoffMs", timeouts.module_restart_backoff_ms(),
                          timeouts.module_restart_backoff_max_ms());
  }
  if (status.ok()) {
    status = ApplyBackoff("timeouts.queueRetryMs", timeouts.queue_retry_ms(), timeouts.queue_retry_max_ms());
  }
  ApplyThrottles(config->mutable_limits());
  if (status.ok()) {
    status = ApplyWord("logLevel", {"info", "trace", "debug", "warning", "error"}, config->mutable_log_level());
  }
  if (status.ok()) status = ApplyWord("queue.mode", {"broker", "cluster"}, config->mutable_queue()->mutable_mode());
  if (status.ok()) {
    status = ApplyWord("restore.report", {"state", "failed"}, config->mutable_restore()->mutable_report());
  }
  if (status.ok()) status = TrustedKeys::Parse(*config->mutable_packages()).status();
  if (status.ok()) status = CheckFaults(*config->mutable_faults());
  if (config->bridge_address().empty()) config->set_bridge_address(DefaultBridgeAddress());
  if (config->admin_address().empty()) config->set_admin_address(DefaultAdminAddress());
  if (status.ok() && config->bridge_address() == config->admin_address()) {
    status = absl::InvalidArgumentError("adminAddress: must not be the same as bridgeAddress");
  }
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
  v1::BrokerConfig config;
  const auto parsed = google::protobuf::util::JsonStringToMessage({json.data(), json.size()}, &config);
  if (!parsed.ok()) {
    return absl::InvalidArgumentError(absl::string_view(parsed.message().data(), parsed.message().size()));
  }
  if (absl::Status status = Complete(places, &config); !status.ok()) return status;
  return config;
}

absl::StatusOr<v1::BrokerConfig> LoadConfig(const fs::path& file) {
  std::error_code error;
  const fs::path absolute = fs::absolute(file, error);
  const std::uintmax_t size = fs::file_size(absolute, error);
  if (error) return absl::NotFoundError(absl::StrCat(file.u8string(), ": ", error.message()));
  if (size > kMaxFileBytes) return absl::InvalidArgumentError(absl::StrCat(file.u8string(), ": larger than 1 MiB"));
  std::ifstream stream(absolute, std::ios::binary);
  const std::string json{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
  if (!stream) return absl::NotFoundError(absl::StrCat(file.u8string(), ": can't be read"));
  absl::StatusOr<v1::BrokerConfig> config = ParseConfig(json, {absolute.parent_path(), ProgramFile().parent_path()});
  if (config.ok()) return config;
  return absl::Status(config.status().code(), absl::StrCat(file.u8string(), ": ", config.status().message()));
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
