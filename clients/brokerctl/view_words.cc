#include "clients/brokerctl/view_words.h"

#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "clients/names/names.h"

namespace resource_broker::brokerctl {
namespace {

std::string FinalText(const v1::FinalReport& final) {
  std::string text = absl::StrCat(StateText(final.state()), ", ", names::FormatWin32(final.win32_code()));
  if (final.module_code() != 0) absl::StrAppend(&text, ", module code ", final.module_code());
  if (final.status_flags() != 0) {
    absl::StrAppend(&text, ", ", names::FormatFlags(names::FlagSet::kStatus, final.status_flags()));
  }
  return text;
}

}  // namespace

std::string TimeText(int64_t unix_us, bool exact) {
  const absl::Time time = absl::FromUnixMicros(unix_us);
  return absl::FormatTime(exact ? "%Y-%m-%dT%H:%M:%E3SZ" : "%Y-%m-%dT%H:%M:%SZ", time, absl::UTCTimeZone());
}

std::string DurationText(uint64_t milliseconds) {
  if (milliseconds < 1000) return absl::StrCat(milliseconds, "ms");
  const uint64_t seconds = milliseconds / 1000;
  const std::pair<uint64_t, const char*> parts[] = {
      {seconds / 86400, "d"}, {seconds / 3600 % 24, "h"}, {seconds / 60 % 60, "m"}, {seconds % 60, "s"}};
  for (size_t i = 0; i + 1 < std::size(parts); ++i) {
    if (parts[i].first == 0) continue;
    return absl::StrCat(parts[i].first, parts[i].second, " ", parts[i + 1].first, parts[i + 1].second);
  }
  return absl::StrCat(seconds, "s");
}

std::string MicrosecondsText(uint64_t microseconds) {
  return absl::StrFormat("%.1f ms", static_cast<double>(microseconds) / 1000);
}

std::string KindText(v1::OperationKind kind) {
  const std::string& name = v1::OperationKind_Name(kind);
  return name.empty() ? absl::StrCat(static_cast<int>(kind)) : absl::AsciiStrToLower(name);
}

std::string StateText(v1::ResourceState state) {
  return state == v1::RESOURCE_STATE_UNSPECIFIED ? "" : names::StateName(static_cast<int32_t>(state));
}

std::string EventText(v1::EventKind kind) {
  const std::string& name = v1::EventKind_Name(kind);
  return name.empty() ? absl::StrCat(static_cast<int>(kind)) : name;
}

std::string DetailText(const v1::Event& event) {
  std::vector<std::string> parts;
  if (event.has_final()) parts.push_back(FinalText(event.final()));
  if (event.has_percent()) parts.push_back(absl::StrCat(event.percent(), "%"));
  if (event.checkpoint() != 0 && !event.has_final()) parts.push_back(absl::StrCat("checkpoint ", event.checkpoint()));
  if (!event.message().empty()) parts.push_back(event.message());
  return absl::StrJoin(parts, ", ");
}

}  // namespace resource_broker::brokerctl
