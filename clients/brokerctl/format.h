// What brokerctl prints, from what the broker answered.
#pragma once

#include <cstdint>
#include <string>

#include "google/protobuf/message.h"
#include "resource_broker/v1/admin.pb.h"

namespace resource_broker::brokerctl {

std::string FormatStatus(const v1::GetStatusResponse& status);
// The resources alone, with what they are meant to be and who has locked them.
std::string FormatResources(const v1::GetStatusResponse& status);
std::string FormatOperations(const v1::ListOperationsResponse& operations);
// With the whole history.
std::string FormatOperation(const v1::OperationRecord& record);
// One line.
std::string FormatWatched(const v1::WatchedEvent& watched);

// proto3's JSON form, in which ids are base64; on one line if `compact`.
std::string FormatJson(const google::protobuf::Message& message, bool compact);

// "2026-11-22 21:04:05.123" in UTC.
std::string FormatTime(int64_t unix_us);

}  // namespace resource_broker::brokerctl
