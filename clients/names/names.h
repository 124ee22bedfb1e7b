// Words for the numbers of resource DLLs: flags, states, Win32 codes, durations. What people type and read.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace resource_broker::names {

// Which DWORD of flags: the same bit means different things in each.
enum class FlagSet {
  kOpen,     // CLUS_RESDLL_OPEN_*
  kOnline,   // CLUS_RESDLL_ONLINE_*
  kOffline,  // CLUS_RESDLL_OFFLINE_*
  kStatus,   // CLUSRESDLL_STATUS_*
};

// "QUEUE_ENABLED|0x20" or "36" to a number. Names are those of the headers without their prefix, in any case; numbers
// are decimal or 0x hexadecimal. InvalidArgument names the word it does not know and lists those it does.
absl::StatusOr<uint32_t> ParseFlags(FlagSet set, absl::string_view text);

// 0x24 to "QUEUE_ENABLED|IGNORE_NETWORK_CONNECTIVITY"; bits without a name follow as one number. 0 is "0".
std::string FormatFlags(FlagSet set, uint32_t flags);

// "Online" for 2, "OfflinePending" for 130; "state 7" for a number that is none of CLUSTER_RESOURCE_STATE.
std::string StateName(int32_t state);

// The other way, in any case. InvalidArgument lists the names.
absl::StatusOr<int32_t> ParseState(absl::string_view text);

// "ERROR_IO_PENDING" for 997; empty for codes that do not occur around resource DLLs.
absl::string_view Win32Name(uint32_t code);

// "997 ERROR_IO_PENDING", or the number alone.
std::string FormatWin32(uint32_t code);

// A decimal or 0x hexadecimal number that fits 32 bits.
absl::StatusOr<uint32_t> ParseNumber(absl::string_view text);

// "250ms", "10s", "1.5m"; not negative, with a unit, at most 24 hours.
absl::StatusOr<absl::Duration> ParseDuration(absl::string_view text);

}  // namespace resource_broker::names
