// The broker's log. Every line about an operation carries its id in hex ("op=…"); what an InBuffer holds never gets
// here, and neither do the properties of a resource.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/strings/str_cat.h"

namespace resource_broker::broker {

enum class LogLevel { kTrace, kDebug, kInfo, kWarning, kError };

// Parts of a line that are fields of their own where the log is written as JSON. Each is empty, or 0, where a line has
// none of its kind.
struct LogFields {
  std::string op;
  std::string resource;
  std::string module;
  uint32_t event = 0;
  std::string name;
};

// One of them, as a part of Log(…): text of the line and field at once.
struct LogField {
  std::string LogFields::*field;
  std::string value;
  const char* before;
  const char* after;
};
// op=<hex>, of an operation's id.
LogField LogOp(std::string_view id);
// resource "<name>"
LogField LogResource(std::string_view name);
// module <label>; a label is a name, perhaps with a version.
LogField LogModule(std::string_view label);

// A line while it is put together.
struct LogText {
  std::string text;
  LogFields fields;

  void Add(const absl::AlphaNum& part) { absl::StrAppend(&text, part); }
  void Add(const LogField& part) {
    absl::StrAppend(&text, part.before, part.value, part.after);
    fields.*part.field = part.value;
  }
};

// Whether lines of this level go anywhere; thread-safe, as all here.
bool LogEnabled(LogLevel level);

// Lines below `level` go nowhere from now on.
void SetLogLevel(LogLevel level);

// One line. Who writes it down (host/log_format.h) escapes what could forge another.
void WriteLog(LogLevel level, const LogText& line);

// Those of the line that the calling thread is writing: for who writes it down.
const LogFields& FieldsOfThisLine();

template <typename... Parts>
void Log(LogLevel level, const Parts&... parts) {
  if (!LogEnabled(level)) return;
  LogText line;
  (line.Add(parts), ...);
  WriteLog(level, line);
}
template <typename... Parts>
void LogDebug(const Parts&... parts) {
  Log(LogLevel::kDebug, parts...);
}
template <typename... Parts>
void LogInfo(const Parts&... parts) {
  Log(LogLevel::kInfo, parts...);
}
template <typename... Parts>
void LogWarning(const Parts&... parts) {
  Log(LogLevel::kWarning, parts...);
}
template <typename... Parts>
void LogError(const Parts&... parts) {
  Log(LogLevel::kError, parts...);
}

}  // namespace resource_broker::broker
