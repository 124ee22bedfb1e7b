// What happened between host and resource DLL, in order, for people and for programs.
#pragma once

#include <cstdint>
#include <optional>
#include <ostream>
#include <string>
#include <variant>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace resource_broker::rhs_host {

enum class RecordKind {
  kCall,        // the host calls an entry point
  kReturn,      // and it returned
  kReport,      // SetResourceStatusEx
  kLog,         // LogEvent
  kLockedMode,  // SetResourceLockedMode
  kFailure,     // SignalFailure
  kProperties,  // SetResourceInMemoryNodeLocalProperties
  kState,       // the host changes a resource's state by its own rules
  kViolation,   // a rule of the contract was broken
  kNote,        // worth knowing, broken by nobody
  kCheck,       // a script's wait or expectation, and whether it held
  kPrint,       // a script's print
  kSummary,     // how the run ended, the last one
  kProperty,    // a private property was set; only in a trace
};

// "call", "report", "locked-mode", …: as in JSON.
absl::string_view RecordKindName(RecordKind kind);

// A named value of a record. Null is JSON's null: an absent pointer.
struct Field {
  std::string name;
  std::variant<std::nullptr_t, bool, uint64_t, int64_t, double, std::string> value;
};

struct Record {
  RecordKind kind = RecordKind::kNote;
  // Empty: none in particular.
  std::string resource;
  // For people: one line without the time and the resource.
  std::string text;
  // For programs, in this order; `text` is not repeated there.
  std::vector<Field> fields;
  // Only kCheck: whether it held.
  bool held = true;
};

// One line of the text, without a newline.
std::string TimelineText(absl::Duration time, const Record& record, bool colour);

// The other way: the kind of a name. Nothing for another name.
std::optional<RecordKind> RecordKindFromName(absl::string_view name);

// Writes each record as it comes: a line of text to one stream, a JSON object a line to another. Times count from the
// construction. Thread-safe; the order of lines is the order of Add.
class Timeline {
 public:
  struct Sinks {
    // Null: none. Both must outlive the timeline.
    std::ostream* text = nullptr;
    std::ostream* json = nullptr;
    bool colour = false;
    // The JSON is a trace: each object tells its `thread`, numbered in the order of their first record, and has the
    // text as `shown`.
    bool trace = false;
  };
  explicit Timeline(Sinks sinks);

  void Add(const Record& record);

  // Since construction, monotonic.
  absl::Duration Elapsed() const;

 private:
  void WriteJson(absl::Duration time, const Record& record) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const int64_t start_ns_;
  absl::Mutex mutex_;
  const Sinks sinks_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace resource_broker::rhs_host
