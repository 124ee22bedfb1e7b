#include "broker_service/events/events.h"

#include <algorithm>
#include <iterator>

#include "absl/strings/str_cat.h"

namespace resource_broker::broker {
namespace {

constexpr LogLevel kInfo = LogLevel::kInfo;
constexpr LogLevel kWarning = LogLevel::kWarning;
constexpr LogLevel kError = LogLevel::kError;

constexpr char kNothing[] = "Nothing.";

constexpr EventInfo kEvents[] = {
    {EventId::kBrokerStarted, "BrokerStarted", kInfo, "Resource Broker %1 has started as process %2.", kNothing, 2},
    {EventId::kBrokerStopped, "BrokerStopped", kInfo,
     "Resource Broker %1 has stopped, and its modules with it. Operations of this node's resources wait, and fail when "
     "their bridge's ReconnectTimeoutMs is over.",
     "Start the service ResourceBroker unless the node is to be without it.", 1},
    {EventId::kBrokerEndedForUpgrade, "BrokerEndedForUpgrade", kInfo,
     "Resource Broker %1 has ended for an upgrade. Its modules and their operations run on.",
     "If no event 1000 or 1003 follows within a minute, start the service.", 1},
    {EventId::kBrokerTookOver, "BrokerTookOver", kInfo,
     "Resource Broker %1 took over from %2. No broker answered bridges for %3.", kNothing, 3},
    {EventId::kStartFailed, "StartFailed", kError, "Resource Broker can't start: %1",
     "Mend what it says and start the service. resource_broker check-config finds mistakes in broker.json.", 1},
    {EventId::kTakeOverFailed, "TakeOverFailed", kError,
     "The broker before (%1) has ended, this one can't go on, and no broker runs now: %2",
     "Start the program of before: its modules work on, and it finds them.", 2},
    {EventId::kStopTookTooLong, "StopTookTooLong", kError,
     "Stopping took longer than %1, and the process was ended. Nothing durable is lost.",
     "Start the service. If it comes again, look for events 1008 and 1200 before it, and raise timeouts.brokerStopMs "
     "if "
     "modules need longer.",
     1},
    {EventId::kFaultsAllowed, "FaultsAllowed", kWarning,
     "faults.allowed is set in broker.json: local administrators can make this broker fail on command (brokerctl "
     "fault).",
     "Remove the section faults from broker.json where the broker is relied upon, and restart the service.", 0},
    {EventId::kSlowStep, "SlowStep", kWarning, "Longer than timeouts.slowStepMs: %1",
     "One now and then is a busy disk or node. If they go on, look at the disk of dataDirectory for journal.* and at "
     "the module named for module.*; brokerctl status counts them.",
     1},
    {EventId::kMetricsNotServed, "MetricsNotServed", kWarning, "Metrics are not served: %1",
     "Free that address or name another in metrics.address, and restart the service.", 1},

    {EventId::kJournalMovedAside, "JournalMovedAside", kError, "%1",
     "Check the disk. Bring resources whose state is in doubt online or offline by hand; the cluster's own state "
     "holds. "
     "Keep the file for as long as the history of before matters.",
     1},
    {EventId::kJournalRefuses, "JournalRefuses", kError,
     "The journal takes no writes (%1). New operations are refused until it does; those under way go on, and their "
     "events are written when it can be.",
     "Free space on the disk of dataDirectory, or mend it. The broker tries again by itself.", 1},
    {EventId::kJournalAccepts, "JournalAccepts", kInfo, "The journal takes writes again, and operations are accepted.",
     kNothing, 0},
    {EventId::kAuditRefuses, "AuditRefuses", kError,
     "The audit log can't be written (%1). Administrators can change nothing until it can.",
     "Free space on the disk of dataDirectory, or mend it. The broker tries again by itself.", 1},
    {EventId::kAuditAccepts, "AuditAccepts", kInfo, "The audit log is written again, to %1.", kNothing, 1},

    {EventId::kModuleFailed, "ModuleFailed", kWarning, "module %1 failed: %2",
     "It is started again by itself, and only its own operations failed. Read its output: brokerctl modules logs NAME.",
     2, /*of_module=*/true},
    {EventId::kModuleStaysDown, "ModuleStaysDown", kError,
     "module %1 failed %2 times in a row and stays down for %3. What it serves fails meanwhile. The last failure: %4",
     "Read its output (brokerctl modules logs NAME), mend the cause, and then activate its version again: brokerctl "
     "modules activate NAME VERSION.",
     4, /*of_module=*/true},
    {EventId::kModuleActivated, "ModuleActivated", kInfo, "module %1: version %2 serves %3.", kNothing, 3,
     /*of_module=*/true},
    {EventId::kModuleNotActivated, "ModuleNotActivated", kWarning,
     "module %1: version %2 is not activated: %3. The version before serves on.",
     "Mend what it says in that version, and activate it again.", 3, /*of_module=*/true},
    {EventId::kModuleRolledBack, "ModuleRolledBack", kError, "module %1 was rolled back by itself from %2 to %3: %4",
     "Nothing at once: the other version serves. Mend the one it came from before it is activated again.", 4,
     /*of_module=*/true},
    {EventId::kModuleVersionLost, "ModuleVersionLost", kError, "module %1: the highest installed version serves: %2",
     "If another version is to serve, install it and activate it: brokerctl modules activate NAME VERSION.", 2,
     /*of_module=*/true},

    {EventId::kConfigurationRefused, "ConfigurationRefused", kError, "The configuration is wrong and not taken: %1",
     "Mend what it says; resource_broker check-config tells whether it is right. A broker that runs goes on with the "
     "configuration of before.",
     1},
    {EventId::kConfigurationReloaded, "ConfigurationReloaded", kInfo,
     "The configuration was loaded again. Changed: %1. After a restart: %2.",
     "Restart the service at a convenient time if there is something after a restart.", 2},
    {EventId::kCertificateExpiresSoon, "CertificateExpiresSoon", kWarning, "The node's certificate %1 expires on %2.",
     "Put a new one into remote.certificateFile and its key into remote.keyFile. They are read by themselves.", 2},
    {EventId::kCertificateExpired, "CertificateExpired", kError,
     "The node's certificate %1 has expired on %2. Administrators elsewhere can't connect.",
     "Put a new one into remote.certificateFile and its key into remote.keyFile. They are read by themselves.", 2},
    {EventId::kCertificatesRefused, "CertificatesRefused", kError,
     "New certificates are not taken, and those of before stay in use: %1",
     "Mend the file it names. The files are read again by themselves.", 1},
    {EventId::kAccessRefusedOften, "AccessRefusedOften", kWarning,
     "%1 was refused %2 times within a minute to \"%3\" from %4: %5",
     "Find out who that is. If it is one of yours, remote.grants lacks them or their certificate is not right; "
     "brokerctl "
     "audit has the records.",
     5},

    {EventId::kQueuePaused, "QueuePaused", kWarning,
     "The queue is paused by an administrator: %1. New operations wait or are refused.",
     "brokerctl queue resume, when its reason is gone.", 1},
    {EventId::kQueueResumed, "QueueResumed", kInfo, "The queue goes on.", kNothing, 0},

    {EventId::kEventsLeftOut, "EventsLeftOut", kWarning,
     "%1 more events %2 (%3) came within a minute and were left out.",
     "The broker's log has them all: logs/resource_broker.log in dataDirectory.", 3},
};

}  // namespace

absl::Span<const EventInfo> Events() { return kEvents; }

const EventInfo& InfoOf(EventId id) {
  const auto* const found =
      std::find_if(std::begin(kEvents), std::end(kEvents), [id](const EventInfo& event) { return event.id == id; });
  // One that is not in the list is a mistake that a test finds.
  return found == std::end(kEvents) ? kEvents[0] : *found;
}

std::string TextOf(const EventInfo& event, absl::Span<const std::string> inserts) {
  std::string text;
  for (const char* c = event.text; *c != '\0'; ++c) {
    if (*c != '%' || c[1] < '1' || c[1] > '9') {
      text += *c;
      continue;
    }
    const auto index = static_cast<size_t>(*++c - '1');
    if (index < inserts.size()) absl::StrAppend(&text, inserts[index]);
  }
  return text;
}

uint32_t MessageIdOf(const EventInfo& event) {
  const uint32_t severity = event.severity == LogLevel::kError ? 3 : event.severity == LogLevel::kWarning ? 2 : 1;
  return severity << 30 | static_cast<uint32_t>(event.id);
}

}  // namespace resource_broker::broker
