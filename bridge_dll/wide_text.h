// Text that crosses the ABI: WCHAR outside, UTF-8 inside.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "bridge_dll/win32_types.h"

namespace resource_broker::bridge {

// Names longer than this many UTF-8 bytes are refused: the contracts' limit.
inline constexpr size_t kMaxNameBytes = 1024;

// The UTF-8 of `text`, which must be terminated and not NULL. InvalidArgument for text that is not valid UTF-16,
// OutOfRange for more than kMaxNameBytes; no more than that is read.
absl::StatusOr<std::string> NameFromHost(const resapi::WCHAR* text);

// For LogEvent: valid text as it is, cut after `max_units` UTF-16 units (never inside a pair); what is not valid UTF-8
// becomes a note that says so.
std::basic_string<resapi::WCHAR> TextForHost(absl::string_view text, size_t max_units);

}  // namespace resource_broker::bridge
