// What clusapi.dll answers, in words.
#pragma once

#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace resource_broker::cluster {

// Codes of winerror.h that are acted on here.
inline constexpr uint32_t kMoreData = 234;
inline constexpr uint32_t kNoMoreItems = 259;
inline constexpr uint32_t kInvalidFunction = 1;
inline constexpr uint32_t kResourceNotFound = 5007;
inline constexpr uint32_t kTypeNotFound = 5078;

// Ok for 0. Otherwise "`what`: the code in words, with its number and name; what to do".
absl::Status StatusOfCode(absl::string_view what, uint32_t code);

}  // namespace resource_broker::cluster
