// How operations, their events and their resources are shown.
#pragma once

#include <string>
#include <vector>

#include "clients/brokerctl/answer.h"
#include "resource_broker/v1/admin.pb.h"

namespace resource_broker::brokerctl {

std::string HealthName(const v1::ResourceStatus& resource);

// One line each, with its last event.
Part OperationsTable(const google::protobuf::RepeatedPtrField<v1::OperationRecord>& operations);

// One with its whole history.
std::vector<Part> OperationParts(const v1::OperationRecord& record);

// One line.
std::string FormatWatched(const v1::WatchedEvent& watched);

}  // namespace resource_broker::brokerctl
