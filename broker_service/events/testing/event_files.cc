#include "broker_service/events/testing/event_files.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "broker_service/events/events.h"

namespace resource_broker::broker::testing {
namespace {

constexpr char kMessagesHead[] =
    R"(; // The texts of events in the Windows Event Log. Made of events.cc: RESOURCE_BROKER_GOLDEN=write broker_events_test.
MessageIdTypedef=DWORD

SeverityNames=(
  Informational=0x1:STATUS_SEVERITY_INFORMATIONAL
  Warning=0x2:STATUS_SEVERITY_WARNING
  Error=0x3:STATUS_SEVERITY_ERROR
)
FacilityNames=(
  Broker=0x0:FACILITY_BROKER
)
LanguageNames=(
  English=0x409:MSG00409
)
)";

constexpr char kDocumentHead[] = R"(# Events

What an administrator must see. On Windows each is in the Event Log, *Application*, source `ResourceBroker`; on both
systems each is a line of the broker's log (`docs/logging.md`) that begins with `event=<id> name=<name>`, and under systemd
has the priority of its level in the journal. An id keeps its meaning for ever, so alerts may be built on it.

Of one id at most `logging.maxEventsPerMinute` are shown within a minute. How many more there were is event 1900; the log
has the line of each, without `event=`.

`%1`, `%2` … stand for what differs. This file is made of `broker_service/events/events.cc`, and so are the texts that
`resource_broker.exe` carries for the Event Log: `RESOURCE_BROKER_GOLDEN=write broker_events_test`.

| id | name | level | what happened | what to do |
|---|---|---|---|---|
)";

const char* SeverityName(LogLevel severity) {
  if (severity == LogLevel::kError) return "Error";
  return severity == LogLevel::kWarning ? "Warning" : "Informational";
}

const char* LevelName(LogLevel severity) {
  if (severity == LogLevel::kError) return "error";
  return severity == LogLevel::kWarning ? "warning" : "info";
}

}  // namespace

std::string EventMessages() {
  std::string messages = kMessagesHead;
  for (const EventInfo& event : Events()) {
    absl::StrAppend(&messages, "\nMessageId=", static_cast<uint32_t>(event.id),
                    "\nSeverity=", SeverityName(event.severity), "\nFacility=Broker\nSymbolicName=RB_", event.name,
                    "\nLanguage=English\n", event.text, "%nWhat to do: ", event.action, "\n.\n");
  }
  return messages;
}

std::string EventDocument() {
  std::string document = kDocumentHead;
  for (const EventInfo& event : Events()) {
    const auto cell = [](const char* text) { return absl::StrReplaceAll(text, {{"|", "\\|"}}); };
    absl::StrAppend(&document, "| ", static_cast<uint32_t>(event.id), " | ", event.name, " | ",
                    LevelName(event.severity), " | ", cell(event.text), " | ", cell(event.action), " |\n");
  }
  return document;
}

}  // namespace resource_broker::broker::testing
