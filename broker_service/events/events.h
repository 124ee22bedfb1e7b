// What an administrator must see: in the Windows Event Log under the source ResourceBroker, and in the broker's own log
// as lines with event=<id>. docs/event_ids.md and the message file events.mc are made of this list.
#pragma once

#include <cstdint>
#include <string>

#include "absl/types/span.h"
#include "broker_service/log.h"

namespace resource_broker::broker {

// A number is for ever: alerts are built on it. What an event means never changes; one that is gone leaves a gap.
enum class EventId : uint32_t {
  // The broker as a whole.
  kBrokerStarted = 1000,
  kBrokerStopped = 1001,
  kBrokerEndedForUpgrade = 1002,
  kBrokerTookOver = 1003,
  kStartFailed = 1004,
  kTakeOverFailed = 1005,
  kStopTookTooLong = 1006,
  kFaultsAllowed = 1007,
  kSlowStep = 1008,
  kMetricsNotServed = 1009,
  // What it writes.
  kJournalMovedAside = 1100,
  kJournalRefuses = 1101,
  kJournalAccepts = 1102,
  kAuditRefuses = 1103,
  kAuditAccepts = 1104,
  // Modules.
  kModuleFailed = 1200,
  kModuleStaysDown = 1201,
  kModuleActivated = 1202,
  kModuleNotActivated = 1203,
  kModuleRolledBack = 1204,
  kModuleVersionLost = 1205,
  // Configuration and access.
  kConfigurationRefused = 1300,
  kConfigurationReloaded = 1301,
  kCertificateExpiresSoon = 1302,
  kCertificateExpired = 1303,
  kCertificatesRefused = 1304,
  kAccessRefusedOften = 1305,
  // Operations.
  kQueuePaused = 1400,
  kQueueResumed = 1401,
  // Events themselves.
  kEventsLeftOut = 1900,
};

struct EventInfo {
  EventId id;
  // As the enumerator, without its k.
  const char* name;
  // kInfo, kWarning or kError.
  LogLevel severity;
  // What happened. %1 to %9 stand for the inserts.
  const char* text;
  // What an administrator should do.
  const char* action;
  // How many inserts the text has.
  uint32_t inserts;
  // Whether the first of them is a module.
  bool of_module = false;
};

// All of them, in the order of their ids.
absl::Span<const EventInfo> Events();

// Must be one of them.
const EventInfo& InfoOf(EventId id);

// The text with its inserts.
std::string TextOf(const EventInfo& event, absl::Span<const std::string> inserts);

// What the Windows Event Log calls it: its severity in front of the number, which alone it shows.
uint32_t MessageIdOf(const EventInfo& event);

}  // namespace resource_broker::broker
