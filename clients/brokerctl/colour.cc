#include "clients/brokerctl/colour.h"

#include <algorithm>
#include <iterator>

#include "absl/strings/match.h"

namespace resource_broker::brokerctl {
namespace {

constexpr absl::string_view kGreen = "\x1b[32m";
constexpr absl::string_view kYellow = "\x1b[33m";
constexpr absl::string_view kRed = "\x1b[31m";

constexpr absl::string_view kColumns[] = {"STATE", "HEALTH", "EVENT", "RESULT", "QUEUE", "CONNECTED"};
constexpr absl::string_view kGood[] = {"Online", "READY", "SUCCEEDED", "alive", "done", "yes", "open"};
constexpr absl::string_view kUnderWay[] = {
    "OnlinePending", "OfflinePending", "QUEUED",   "RUNNING",     "PROGRESS", "CANCEL_REQUESTED", "TERMINATE_REQUESTED",
    "CANCELLED",     "STARTING",       "STOPPING", "BACKING_OFF", "REFUSED",  "paused",           "no"};
constexpr absl::string_view kBad[] = {"Failed", "FAILED", "TERMINATED", "BROKEN", "dead"};

template <size_t size>
bool Has(const absl::string_view (&words)[size], absl::string_view word) {
  return std::find(std::begin(words), std::end(words), word) != std::end(words);
}

}  // namespace

absl::string_view ColourOf(absl::string_view heading, absl::string_view cell) {
  if (!Has(kColumns, heading)) return {};
  if (Has(kGood, cell)) return kGreen;
  if (Has(kUnderWay, cell)) return kYellow;
  if (Has(kBad, cell) || absl::StartsWith(cell, "refused") || absl::StartsWith(cell, "failed")) return kRed;
  return {};
}

}  // namespace resource_broker::brokerctl
