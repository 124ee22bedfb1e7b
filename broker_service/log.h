// The broker's log. Every line about an operation carries its id in hex ("op=…"); what an InBuffer holds never gets
// here.
#pragma once

#include <string>
#include <string_view>

#include "absl/strings/str_cat.h"

namespace resource_broker::broker {

enum class LogLevel { kTrace, kDebug, kInfo, kWarning, kError };

// Whether lines of this level go anywhere; thread-safe, as all here.
bool LogEnabled(LogLevel level);

// Lines below `level` go nowhere from now on.
void SetLogLevel(LogLevel level);

// One line. Control characters of the text are escaped, so that no peer can forge a line.
void WriteLog(LogLevel level, std::string_view text);

template <typename... Parts>
void Log(LogLevel level, const Parts&... parts) {
  if (LogEnabled(level)) WriteLog(level, absl::StrCat(parts...));
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
