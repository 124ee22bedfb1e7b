#include "clients/rhs_host/timeline.h"

#include <atomic>
#include <chrono>

#include "absl/strings/str_format.h"
#include "absl/strings/string_view.h"
#include "clients/rhs_host/json.h"

namespace resource_broker::rhs_host {
namespace {

constexpr int kResourceWidth = 10;

struct Look {
  const char* name;
  // Two characters before the text.
  const char* mark;
  // An SGR escape sequence.
  const char* colour;
};

Look LookOf(RecordKind kind) {
  switch (kind) {
    case RecordKind::kCall:
      return {"call", "> ", "\x1b[1m"};
    case RecordKind::kReturn:
      return {"return", "< ", ""};
    case RecordKind::kReport:
      return {"report", "* ", "\x1b[36m"};
    case RecordKind::kLog:
      return {"log", "# ", "\x1b[2m"};
    case RecordKind::kLockedMode:
      return {"locked-mode", "* ", "\x1b[36m"};
    case RecordKind::kFailure:
      return {"failure", "* ", "\x1b[33m"};
    case RecordKind::kProperties:
      return {"properties", "* ", "\x1b[36m"};
    case RecordKind::kState:
      return {"state", "= ", "\x1b[1m"};
    case RecordKind::kViolation:
      return {"violation", "! ", "\x1b[1;31m"};
    case RecordKind::kNote:
      return {"note", "  ", "\x1b[33m"};
    case RecordKind::kCheck:
      return {"check", "  ", "\x1b[32m"};
    case RecordKind::kPrint:
      return {"print", "  ", ""};
    case RecordKind::kSummary:
      return {"summary", "  ", "\x1b[1m"};
    case RecordKind::kProperty:
      return {"property", "  ", ""};
  }
  return {"", "  ", ""};
}

int64_t MonotonicNs() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

uint64_t ThreadNumber() {
  static std::atomic<uint64_t> last{0};
  thread_local const uint64_t number = ++last;
  return number;
}

}  // namespace

absl::string_view RecordKindName(RecordKind kind) { return LookOf(kind).name; }

std::optional<RecordKind> RecordKindFromName(absl::string_view name) {
  for (int kind = 0; kind <= static_cast<int>(RecordKind::kProperty); ++kind) {
    if (RecordKindName(static_cast<RecordKind>(kind)) == name) return static_cast<RecordKind>(kind);
  }
  return std::nullopt;
}

std::string TimelineText(absl::Duration time, const Record& record, bool colour) {
  const Look look = LookOf(record.kind);
  const char* escape = record.held ? look.colour : "\x1b[1;31m";
  const bool coloured = colour && *escape != '\0';
  return absl::StrFormat("%12.3f  %-*s  %s%s%s%s", absl::ToDoubleMilliseconds(time), kResourceWidth,
                         record.resource.empty() ? "-" : record.resource, coloured ? escape : "", look.mark,
                         record.text, coloured ? "\x1b[0m" : "");
}

Timeline::Timeline(Sinks sinks) : start_ns_(MonotonicNs()), sinks_(sinks) {}

absl::Duration Timeline::Elapsed() const { return absl::Nanoseconds(MonotonicNs() - start_ns_); }

void Timeline::Add(const Record& record) {
  absl::MutexLock lock(&mutex_);
  const absl::Duration time = Elapsed();
  if (sinks_.text != nullptr && record.kind != RecordKind::kProperty) {
    *sinks_.text << TimelineText(time, record, sinks_.colour) << '\n' << std::flush;
  }
  if (sinks_.json != nullptr && (sinks_.trace || record.kind != RecordKind::kProperty)) WriteJson(time, record);
}

void Timeline::WriteJson(absl::Duration time, const Record& record) {
  JsonLine line;
  line.Add("time_ms", absl::ToDoubleMilliseconds(time));
  line.Add("kind", std::string(RecordKindName(record.kind)));
  if (!record.resource.empty()) line.Add("resource", record.resource);
  for (const Field& field : record.fields) {
    std::visit([&](const auto& value) { line.Add(field.name, value); }, field.value);
  }
  if (record.kind == RecordKind::kCheck) line.Add("held", record.held);
  if (record.fields.empty() || record.kind == RecordKind::kCheck) line.Add("text", record.text);
  if (sinks_.trace) {
    line.Add("thread", ThreadNumber());
    line.Add("shown", record.text);
  }
  *sinks_.json << line.Finish() << '\n' << std::flush;
}

}  // namespace resource_broker::rhs_host
