#include "broker_service/host/config_rules.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "google/protobuf/descriptor.h"

namespace resource_broker::broker {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

constexpr uint32_t kMaxWaitMs = 24 * 3600 * 1000;

constexpr NumberRule kNumbers[] = {
    {"limits.maxInBufferBytes", 1 << 20, 1, 3 << 20},
    {"limits.maxSessions", 64, 1, 4096},
    {"limits.maxResources", 20000, 1, 1000000},
    {"limits.maxRunningOperations", 1024, 1, 100000},
    {"limits.maxRunningPerModule", 0, 1, 100000},
    {"limits.maxRunningPerDestination", 0, 1, 100000},
    {"limits.maxPendingOperations", 20000, 1, 1000000},
    {"limits.maxEndedOperations", 10000, 1, 1000000},
    {"limits.maxEndedDays", 30, 1, 36500},
    {"limits.maxJournalBacklogBytes", 256 << 20, 16 << 20, 0x80000000},
    {"limits.maxModuleFailures", 6, 1, 1000},
    {"limits.maxStreamBacklog", 4096, 16, 1000000},
    {"limits.maxPackageBytes", 256 << 20, 1024, 0x80000000},
    {"limits.maxConnections", 128, 1, 4096},
    {"limits.maxRemoteConnections", 256, 1, 65536},
    {"limits.maxConnectionsPerIdentity", 32, 1, 65536},
    {"limits.maxHandshakes", 64, 1, 65536},
    {"limits.maxCallsPerSecond", 100, 1, 1000000},
    {"limits.maxStreamsPerConnection", 100, 1, 4096},
    {"limits.maxAuditRecords", 1000000, 1000, 100000000},
    {"limits.maxAuditDays", 365, 1, 36500},
    {"timeouts.moduleHandshakeMs", 10000, 1, kMaxWaitMs},
    {"timeouts.moduleCallMs", 5000, 1, kMaxWaitMs},
    {"timeouts.moduleTerminateMs", 10000, 1, kMaxWaitMs},
    {"timeouts.moduleStopMs", 10000, 1, kMaxWaitMs},
    {"timeouts.moduleRestartBackoffMs", 200, 1, kMaxWaitMs},
    {"timeouts.moduleRestartBackoffMaxMs", 60000, 1, kMaxWaitMs},
    {"timeouts.brokerStopMs", 30000, 100, kMaxWaitMs},
    {"timeouts.firstByteMs", 5000, 1, kMaxWaitMs},
    {"timeouts.sessionGraceMs", 120000, 1, kMaxWaitMs},
    {"timeouts.queueRetryMs", 500, 1, kMaxWaitMs},
    {"timeouts.queueRetryMaxMs", 30000, 1, kMaxWaitMs},
    {"timeouts.journalRetryMs", 500, 1, kMaxWaitMs},
    {"timeouts.packageUploadMs", 600000, 1, kMaxWaitMs},
    {"timeouts.slowStepMs", 1000, 1, kMaxWaitMs},
    {"timeouts.moduleStableMs", 60000, 1, kMaxWaitMs},
    {"timeouts.moduleAskAgainMs", 200, 1, kMaxWaitMs},
    {"timeouts.moduleLastWordsMs", 1000, 1, kMaxWaitMs},
    {"timeouts.callsStopMs", 2000, 1, kMaxWaitMs},
    {"timeouts.streamEndMs", 2000, 1, kMaxWaitMs},
    {"timeouts.upgradeSettleMs", 500, 1, kMaxWaitMs},
    {"timeouts.upgradeCallsStopMs", 100, 1, kMaxWaitMs},
    {"timeouts.takeOverRetryMs", 5, 1, kMaxWaitMs},
    {"timeouts.moduleTellsMs", 1000, 1, kMaxWaitMs},
    {"timeouts.takeOverMs", 30000, 1, kMaxWaitMs},
    {"timeouts.moduleProbationMs", 60000, 1, kMaxWaitMs},
    {"timeouts.journalBackupMs", 600000, 1, kMaxWaitMs},
    {"timeouts.moduleSelfTestMs", 30000, 1, kMaxWaitMs},
    {"timeouts.tlsHandshakeMs", 5000, 1, kMaxWaitMs},
    {"timeouts.remoteIdleMs", 300000, 1, kMaxWaitMs},
    {"timeouts.remoteAgeMs", 3600000, 1, kMaxWaitMs},
    {"timeouts.certificatePollMs", 10000, 1, kMaxWaitMs},
    {"modules.keepVersions", 3, 1, 100},
    {"logging.maxFileBytes", 10 << 20, 64 << 10, 1 << 30},
    {"logging.maxFiles", 5, 2, 100},
    {"logging.maxEventsPerMinute", 10, 1, 1000},
};

// The field that `key` names, and the message it is in.
struct Place {
  Message* message;
  const FieldDescriptor* field;
};

Place Find(absl::string_view key, Message* message) {
  const size_t dot = key.find('.');
  const FieldDescriptor* field = message->GetDescriptor()->FindFieldByCamelcaseName(std::string(key.substr(0, dot)));
  if (dot == absl::string_view::npos) return {message, field};
  return Find(key.substr(dot + 1), message->GetReflection()->MutableMessage(message, field));
}

}  // namespace

absl::Span<const NumberRule> NumberRules() { return kNumbers; }

const std::vector<WordRule>& WordRules() {
  static const auto* const rules = new std::vector<WordRule>{
      {"logLevel", {"info", "trace", "debug", "warning", "error"}},
      {"logging.format", {"text", "json"}},
      {"queue.mode", {"broker", "cluster"}},
      {"restore.report", {"state", "failed"}},
  };
  return *rules;
}

absl::Status ApplyNumbers(v1::BrokerConfig* config) {
  for (const NumberRule& rule : NumberRules()) {
    const Place place = Find(rule.key, config);
    const uint32_t value = place.message->GetReflection()->GetUInt32(*place.message, place.field);
    if (value == 0) {
      place.message->GetReflection()->SetUInt32(place.message, place.field, rule.fallback);
    } else if (value < rule.least || value > rule.most) {
      return absl::InvalidArgumentError(absl::StrCat(rule.key, ": must be ", RangeOf(rule.key), ", not ", value));
    }
  }
  return absl::OkStatus();
}

absl::Status ApplyWords(v1::BrokerConfig* config) {
  for (const WordRule& rule : WordRules()) {
    const Place place = Find(rule.key, config);
    const std::string value = place.message->GetReflection()->GetString(*place.message, place.field);
    if (value.empty()) {
      place.message->GetReflection()->SetString(place.message, place.field, rule.words.front());
    } else if (std::find(rule.words.begin(), rule.words.end(), value) == rule.words.end()) {
      return absl::InvalidArgumentError(
          absl::StrCat(rule.key, ": must be one of ", absl::StrJoin(rule.words, ", "), ", not \"", value, "\""));
    }
  }
  return absl::OkStatus();
}

std::string RangeOf(absl::string_view key) {
  for (const NumberRule& rule : NumberRules()) {
    if (rule.key == key) return absl::StrCat(rule.least, " to ", rule.most);
  }
  return std::string();
}

}  // namespace resource_broker::broker
