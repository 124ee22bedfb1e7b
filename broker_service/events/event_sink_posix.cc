#include "broker_service/events/event_sink.h"

namespace resource_broker::broker {

std::unique_ptr<EventSink> SystemEventSink() { return nullptr; }

}  // namespace resource_broker::broker
