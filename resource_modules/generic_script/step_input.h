// The JSON that a script gets on stdin.
//
//   "step"             "online", "offline", "looks-alive", "is-alive", "terminate"
//   "resource", "resourceType"
//   "properties"       an object: texts, numbers (as text above 2^53), lists of texts, binary values as base64
// and for online and offline:
//   "operationId"      32 hexadecimal digits
//   "attempt"          from 1
//   "flags"            OnlineFlags or OfflineFlags as a number
//   "hard"             whether no grace is wanted
//   "destinationNode"  text, or null
//   "reserved"         number
//   "inBuffer"         base64, or null
//   "restore"          whether this online brings back what a failed offline left
#pragma once

#include <string>

#include "resource_modules/sdk/operation.h"
#include "resource_modules/sdk/resource.h"

namespace resource_broker::generic_script {

std::string StepInput(const std::string& step, const sdk::Resource& resource);
std::string OperationInput(const std::string& step, sdk::Operation& operation);

}  // namespace resource_broker::generic_script
