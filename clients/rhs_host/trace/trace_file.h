// A recorded trace: JSON lines that a run has written (Timeline, Sinks::trace).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "clients/rhs_host/json.h"
#include "clients/rhs_host/timeline.h"

namespace resource_broker::rhs_host {

struct TraceRecord {
  // From 1, in the file.
  int line = 0;
  absl::Duration time;
  RecordKind kind = RecordKind::kNote;
  std::string resource;
  std::map<std::string, JsonValue> members;

  // A member; absent if there is none, or it is null or of another type.
  std::optional<std::string> Text(const std::string& name) const;
  std::optional<uint64_t> Number(const std::string& name) const;
  bool Truth(const std::string& name) const;
};

// InvalidArgument begins with "line N: "; NotFound: no such file.
absl::StatusOr<std::vector<TraceRecord>> ReadTrace(const std::string& path);
absl::StatusOr<std::vector<TraceRecord>> ParseTrace(absl::string_view text);

}  // namespace resource_broker::rhs_host
