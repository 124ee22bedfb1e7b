#include "clients/rhs_host/trace/trace_file.h"

#include <filesystem>
#include <fstream>
#include <iterator>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace resource_broker::rhs_host {

std::optional<std::string> TraceRecord::Text(const std::string& name) const {
  const auto found = members.find(name);
  if (found == members.end() || !std::holds_alternative<std::string>(found->second)) return std::nullopt;
  return std::get<std::string>(found->second);
}

std::optional<uint64_t> TraceRecord::Number(const std::string& name) const {
  const auto found = members.find(name);
  if (found == members.end() || !std::holds_alternative<double>(found->second)) return std::nullopt;
  const double number = std::get<double>(found->second);
  // What a double holds exactly.
  constexpr double kLargest = 9007199254740992.0;
  if (!(number >= 0 && number <= kLargest)) return std::nullopt;
  return static_cast<uint64_t>(number);
}

bool TraceRecord::Truth(const std::string& name) const {
  const auto found = members.find(name);
  return found != members.end() && found->second == JsonValue(true);
}

absl::StatusOr<std::vector<TraceRecord>> ParseTrace(absl::string_view text) {
  std::vector<TraceRecord> records;
  int number = 0;
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    ++number;
    if (line.empty()) continue;
    const auto wrong = [number](absl::string_view why) {
      return absl::InvalidArgumentError(absl::StrCat("line ", number, ": ", why));
    };
    absl::StatusOr<std::map<std::string, JsonValue>> members = ParseJsonLine(line);
    if (!members.ok()) return wrong(members.status().message());
    TraceRecord record;
    record.line = number;
    record.members = *std::move(members);
    const std::optional<RecordKind> kind = RecordKindFromName(record.Text("kind").value_or(""));
    if (!kind) return wrong("no record of a trace: \"kind\" is missing or unknown");
    if (!record.Text("shown")) return wrong("recorded without --trace: \"shown\" is missing");
    record.kind = *kind;
    record.resource = record.Text("resource").value_or("");
    const auto time = record.members.find("time_ms");
    if (time == record.members.end() || !std::holds_alternative<double>(time->second)) {
      return wrong("\"time_ms\" is missing");
    }
    record.time = absl::Milliseconds(std::get<double>(time->second));
    records.push_back(std::move(record));
  }
  return records;
}

absl::StatusOr<std::vector<TraceRecord>> ReadTrace(const std::string& path) {
  std::ifstream file(std::filesystem::u8path(path), std::ios::binary);
  if (!file) return absl::NotFoundError(absl::StrCat("the trace ", path, " can't be read"));
  const std::string text(std::istreambuf_iterator<char>(file), {});
  absl::StatusOr<std::vector<TraceRecord>> records = ParseTrace(text);
  if (records.ok()) return records;
  return absl::InvalidArgumentError(absl::StrCat(path, ", ", records.status().message()));
}

}  // namespace resource_broker::rhs_host
