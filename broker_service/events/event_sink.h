// The system's event log.
#pragma once

#include <memory>
#include <string>

#include "absl/types/span.h"
#include "broker_service/events/events.h"

namespace resource_broker::broker {

// One thread at a time.
class EventSink {
 public:
  virtual ~EventSink() = default;
  // May block. What can't be written is lost here; the log has it.
  virtual void Write(const EventInfo& event, absl::Span<const std::string> inserts) = 0;
};

// An insert as the Windows Event Log takes it: of what would be an insert in it ("%1") the sign is set apart, and what
// is longer than it holds is cut.
std::string EventInsert(const std::string& insert);

// --- The platform's part ---

// The Windows Event Log, source ResourceBroker. Null natively, where the log is what there is.
std::unique_ptr<EventSink> SystemEventSink();

}  // namespace resource_broker::broker
