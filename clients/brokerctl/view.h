// What the broker answered, as text for people.
#pragma once

#include <string>
#include <vector>

#include "resource_broker/v1/admin.pb.h"

namespace resource_broker::brokerctl {

// The broker, its sessions, resources and modules, each as a table.
std::string StatusText(const v1::GetStatusResponse& status);

// One line an operation, in the order given.
std::string OperationsText(const std::vector<v1::OperationRecord>& operations);

// Everything known of one operation, and its events one a line.
std::string OperationText(const v1::OperationRecord& record);

// One line with a newline at its end, in columns that line up from line to line as far as they fit.
std::string WatchedEventText(const v1::WatchedEvent& event);

// Whether it is one of the kinds that end an operation.
bool IsFinal(v1::EventKind kind);

}  // namespace resource_broker::brokerctl
