// The words and numbers that several views show alike.
#pragma once

#include <cstdint>
#include <string>

#include "resource_broker/v1/types.pb.h"

namespace resource_broker::brokerctl {

// "2026-11-22T21:45:07Z"; with milliseconds if `exact`.
std::string TimeText(int64_t unix_us, bool exact);
// "1d 2h", "3m 4s", "250ms": the two largest units.
std::string DurationText(uint64_t milliseconds);
std::string MicrosecondsText(uint64_t microseconds);

// "offline", "Online", "SUCCEEDED"; a number for what this version does not know.
std::string KindText(v1::OperationKind kind);
std::string StateText(v1::ResourceState state);
std::string EventText(v1::EventKind kind);

// What an event says beyond its kind: "45%, checkpoint 3, stopping" or, for a final one, "Offline, 0 ERROR_SUCCESS".
std::string DetailText(const v1::Event& event);

}  // namespace resource_broker::brokerctl
