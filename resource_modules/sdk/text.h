// Making text fit for the contract, wherever it came from.
#pragma once

#include <string>

#include "absl/strings/string_view.h"

namespace resource_broker::sdk {

// Bytes a message has at most; longer ones are cut.
inline constexpr size_t kMaxMessageBytes = 1024;

// `text` as valid UTF-8 of at most `kMaxMessageBytes`: bytes that are none become U+FFFD, control characters a space,
// and what is too long is cut between characters.
std::string MessageText(absl::string_view text);

}  // namespace resource_broker::sdk
