// Whether JSON has the keys and the types of a message.
#pragma once

#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "broker_service/host/json_text.h"
#include "google/protobuf/descriptor.h"

namespace resource_broker::broker {

// What the number of a key may be ("1 to 4096"), or empty.
using NumberRange = std::function<std::string(absl::string_view key)>;

// InvalidArgument begins with the key as it is reached from the outermost object ("remote.grants[0].role"), and names
// the place: it is not known (then the nearest one that is is named), is there twice, or its value is of another type.
// Numbers are whole and not negative, and stand without quotes, but for those of 64 bits.
absl::Status CheckShape(const JsonValue& value, const google::protobuf::Descriptor& type, const NumberRange& range);

}  // namespace resource_broker::broker
