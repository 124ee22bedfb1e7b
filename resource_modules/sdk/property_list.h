// Reading a cluster property list (CLUSPROP_LIST); in_buffer.h describes its layout.
#pragma once

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "resource_modules/sdk/properties.h"

namespace resource_broker::sdk {

// Properties in a list at most.
inline constexpr size_t kMaxListedProperties = 4096;

// InvalidArgument naming the offset and the fault for anything that is not a whole, well-formed list. What follows the
// last property is ignored, as Windows does.
absl::StatusOr<Properties> ParsePropertyList(absl::string_view list);

}  // namespace resource_broker::sdk
