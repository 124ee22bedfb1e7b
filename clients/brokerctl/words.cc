#include "clients/brokerctl/words.h"

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"
#include "clients/names/names.h"
#include "google/protobuf/descriptor.h"

namespace resource_broker::brokerctl {
namespace {

constexpr absl::Duration kLongestAgo = absl::Hours(24 * 366 * 10);

bool ParseAgo(absl::string_view text, absl::Duration* ago) {
  double days = 0;
  if (absl::EndsWith(text, "d") && absl::SimpleAtod(absl::StripSuffix(text, "d"), &days)) {
    *ago = absl::Hours(24) * days;
  } else if (!absl::ParseDuration(text, ago)) {
    return false;
  }
  return *ago > absl::ZeroDuration() && *ago <= kLongestAgo;
}

}  // namespace

std::string OrNothing(std::string text) { return text.empty() ? kNothing : text; }

std::string YesNo(bool value) { return value ? "yes" : "no"; }

std::string FormatTime(int64_t unix_us) {
  return absl::FormatTime("%Y-%m-%d %H:%M:%E3S", absl::FromUnixMicros(unix_us), absl::UTCTimeZone());
}

std::string FormatTimeOrNothing(int64_t unix_us) { return unix_us == 0 ? kNothing : FormatTime(unix_us); }

std::string FormatBytes(uint64_t bytes) {
  static constexpr const char* kUnits[] = {"B", "KiB", "MiB", "GiB", "TiB"};
  auto amount = static_cast<double>(bytes);
  size_t unit = 0;
  for (; amount >= 1024 && unit + 1 < std::size(kUnits); ++unit) amount /= 1024;
  return unit == 0 ? absl::StrCat(bytes, " B") : absl::StrFormat("%.1f %s", amount, kUnits[unit]);
}

absl::StatusOr<int64_t> ParseMoment(const std::string& option, const std::string& text, int64_t now_unix_us) {
  if (text.empty()) return 0;
  absl::Duration ago;
  if (ParseAgo(text, &ago)) return now_unix_us - absl::ToInt64Microseconds(ago);
  absl::Time moment;
  for (const char* format : {"%Y-%m-%d%ET%H:%M:%E*SZ", "%Y-%m-%d %H:%M:%E*S", "%Y-%m-%d %H:%M", "%Y-%m-%d"}) {
    std::string error;
    if (absl::ParseTime(format, text, absl::UTCTimeZone(), &moment, &error)) return absl::ToUnixMicros(moment);
  }
  return absl::InvalidArgumentError(absl::StrCat(
      option, ": \"", text, "\" is neither so long ago (30m, 2h, 3d) nor a moment in UTC (2026-11-22 21:04)"));
}

absl::StatusOr<v1::ResourceState> ParseResourceState(const std::string& text) {
  const absl::StatusOr<int32_t> state = names::ParseState(text);
  if (!state.ok()) return absl::InvalidArgumentError(absl::StrCat("--state: ", state.status().message()));
  if (v1::ResourceState_IsValid(*state) && *state != 0) return static_cast<v1::ResourceState>(*state);
  return absl::InvalidArgumentError(
      absl::StrCat("--state: no resource of a broker is ", text, "; Online, Offline, Failed and the pending ones are"));
}

absl::StatusOr<v1::EventKind> ParseEventKind(const std::string& text) {
  v1::EventKind kind;
  if (v1::EventKind_Parse(absl::AsciiStrToUpper(text), &kind) && kind != v1::EVENT_KIND_UNSPECIFIED) return kind;
  std::vector<std::string> known;
  for (int i = 1; i < v1::EventKind_descriptor()->value_count(); ++i) {
    known.push_back(v1::EventKind_descriptor()->value(i)->name());
  }
  return absl::InvalidArgumentError(
      absl::StrCat("--state: \"", text, "\" is no state of an operation; known are ", absl::StrJoin(known, ", ")));
}

}  // namespace resource_broker::brokerctl
