// What cells of tables are made of.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "resource_broker/v1/admin.pb.h"

namespace resource_broker::brokerctl {

inline constexpr char kNothing[] = "-";

std::string OrNothing(std::string text);
std::string YesNo(bool value);

// "2026-11-22 21:04:05.123" in UTC.
std::string FormatTime(int64_t unix_us);
std::string FormatTimeOrNothing(int64_t unix_us);

// "12.3 MiB".
std::string FormatBytes(uint64_t bytes);

// "30m" or "2d" ago, or a moment, "2026-11-22 21:04" or "2026-11-22T21:04:05Z" in UTC; in microseconds since 1970.
// InvalidArgument names the option.
absl::StatusOr<int64_t> ParseMoment(const std::string& option, const std::string& text, int64_t now_unix_us);

// The enum's values by their names, in any case, without the beginning they share.
absl::StatusOr<v1::ResourceState> ParseResourceState(const std::string& text);
absl::StatusOr<v1::EventKind> ParseEventKind(const std::string& text);

}  // namespace resource_broker::brokerctl
