#include <array>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "bridge_dll/resapi.h"
#include "clients/names/names.h"

namespace resource_broker::names {
namespace {

using Flag = std::pair<uint32_t, absl::string_view>;

constexpr Flag kOpen[] = {
    {resapi::CLUS_RESDLL_OPEN_RECOVER_MONITOR_STATE, "RECOVER_MONITOR_STATE"},
    {resapi::CLUS_RESDLL_OPEN_DONT_DELETE_TEMP_DISK, "DONT_DELETE_TEMP_DISK"},
};
constexpr Flag kOnline[] = {
    {resapi::CLUS_RESDLL_ONLINE_RECOVER_MONITOR_STATE, "RECOVER_MONITOR_STATE"},
    {resapi::CLUS_RESDLL_ONLINE_IGNORE_RESOURCE_STATUS, "IGNORE_RESOURCE_STATUS"},
    {resapi::CLUS_RESDLL_ONLINE_RETURN_TO_SOURCE_NODE_ON_ERROR, "RETURN_TO_SOURCE_NODE_ON_ERROR"},
    {resapi::CLUS_RESDLL_ONLINE_RESTORE_ONLINE_STATE, "RESTORE_ONLINE_STATE"},
    {resapi::CLUS_RESDLL_ONLINE_IGNORE_NETWORK_CONNECTIVITY, "IGNORE_NETWORK_CONNECTIVITY"},
};
constexpr Flag kOffline[] = {
    {resapi::CLUS_RESDLL_OFFLINE_IGNORE_RESOURCE_STATUS, "IGNORE_RESOURCE_STATUS"},
    {resapi::CLUS_RESDLL_OFFLINE_RETURN_TO_SOURCE_NODE_ON_ERROR, "RETURN_TO_SOURCE_NODE_ON_ERROR"},
    {resapi::CLUS_RESDLL_OFFLINE_QUEUE_ENABLED, "QUEUE_ENABLED"},
    {resapi::CLUS_RESDLL_OFFLINE_RETURNING_TO_SOURCE_NODE_BECAUSE_OF_ERROR,
     "RETURNING_TO_SOURCE_NODE_BECAUSE_OF_ERROR"},
    {resapi::CLUS_RESDLL_OFFLINE_DUE_TO_EMBEDDED_FAILURE, "DUE_TO_EMBEDDED_FAILURE"},
    {resapi::CLUS_RESDLL_OFFLINE_IGNORE_NETWORK_CONNECTIVITY, "IGNORE_NETWORK_CONNECTIVITY"},
    {resapi::CLUS_RESDLL_OFFLINE_DO_NOT_UPDATE_PERSISTENT_STATE, "DO_NOT_UPDATE_PERSISTENT_STATE"},
};
constexpr Flag kStatus[] = {
    {resapi::CLUSRESDLL_STATUS_OFFLINE_BUSY, "OFFLINE_BUSY"},
    {resapi::CLUSRESDLL_STATUS_OFFLINE_SOURCE_THROTTLED, "OFFLINE_SOURCE_THROTTLED"},
    {resapi::CLUSRESDLL_STATUS_OFFLINE_DESTINATION_THROTTLED, "OFFLINE_DESTINATION_THROTTLED"},
    {resapi::CLUSRESDLL_STATUS_OFFLINE_DESTINATION_REJECTED, "OFFLINE_DESTINATION_REJECTED"},
    {resapi::CLUSRESDLL_STATUS_INSUFFICIENT_MEMORY, "INSUFFICIENT_MEMORY"},
    {resapi::CLUSRESDLL_STATUS_INSUFFICIENT_PROCESSOR, "INSUFFICIENT_PROCESSOR"},
    {resapi::CLUSRESDLL_STATUS_INSUFFICIENT_OTHER_RESOURCES, "INSUFFICIENT_OTHER_RESOURCES"},
    {resapi::CLUSRESDLL_STATUS_INVALID_PARAMETERS, "INVALID_PARAMETERS"},
    {resapi::CLUSRESDLL_STATUS_NETWORK_NOT_AVAILABLE, "NETWORK_NOT_AVAILABLE"},
    {resapi::CLUSRESDLL_STATUS_DO_NOT_COLLECT_WER_REPORT, "DO_NOT_COLLECT_WER_REPORT"},
    {resapi::CLUSRESDLL_STATUS_DUMP_NOW, "DUMP_NOW"},
};

absl::Span<const Flag> FlagsOf(FlagSet set) {
  switch (set) {
    case FlagSet::kOpen:
      return kOpen;
    case FlagSet::kOnline:
      return kOnline;
    case FlagSet::kOffline:
      return kOffline;
    case FlagSet::kStatus:
      return kStatus;
  }
  return {};
}

absl::StatusOr<uint32_t> ParseFlag(FlagSet set, absl::string_view word) {
  if (!word.empty() && absl::ascii_isdigit(static_cast<unsigned char>(word.front()))) return ParseNumber(word);
  for (const auto& [value, name] : FlagsOf(set)) {
    if (absl::EqualsIgnoreCase(name, word)) return value;
  }
  return absl::InvalidArgumentError(absl::StrCat(
      "unknown flag \"", word, "\"; known are ",
      absl::StrJoin(FlagsOf(set), ", ", [](std::string* out, const Flag& flag) { absl::StrAppend(out, flag.second); }),
      " and numbers"));
}

}  // namespace

absl::StatusOr<uint32_t> ParseFlags(FlagSet set, absl::string_view text) {
  uint32_t flags = 0;
  for (absl::string_view word : absl::StrSplit(text, '|')) {
    absl::StatusOr<uint32_t> flag = ParseFlag(set, absl::StripAsciiWhitespace(word));
    if (!flag.ok()) return flag.status();
    flags |= *flag;
  }
  return flags;
}

std::string FormatFlags(FlagSet set, uint32_t flags) {
  if (flags == 0) return "0";
  std::string text;
  for (const auto& [value, name] : FlagsOf(set)) {
    if ((flags & value) == 0) continue;
    absl::StrAppend(&text, text.empty() ? "" : "|", name);
    flags &= ~value;
  }
  if (flags != 0) absl::StrAppendFormat(&text, "%s0x%x", text.empty() ? "" : "|", flags);
  return text;
}

}  // namespace resource_broker::names
