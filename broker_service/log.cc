#include "broker_service/log.h"

#include <spdlog/spdlog.h>

namespace resource_broker::broker {
namespace {

spdlog::level::level_enum ToSpdlog(LogLevel level) {
  switch (level) {
    case LogLevel::kTrace:
      return spdlog::level::trace;
    case LogLevel::kDebug:
      return spdlog::level::debug;
    case LogLevel::kInfo:
      return spdlog::level::info;
    case LogLevel::kWarning:
      return spdlog::level::warn;
    case LogLevel::kError:
      return spdlog::level::err;
  }
  return spdlog::level::err;
}

bool NeedsEscape(unsigned char c) { return c < 0x20 || c == 0x7F; }

}  // namespace

bool LogEnabled(LogLevel level) { return spdlog::should_log(ToSpdlog(level)); }

void SetLogLevel(LogLevel level) { spdlog::set_level(ToSpdlog(level)); }

void WriteLog(LogLevel level, std::string_view text) {
  std::string escaped;
  escaped.reserve(text.size());
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (NeedsEscape(byte)) {
      constexpr char kDigits[] = "0123456789abcdef";
      escaped += {'\\', 'x', kDigits[byte >> 4], kDigits[byte & 0xF]};
    } else {
      escaped += c;
    }
  }
  spdlog::log(ToSpdlog(level), spdlog::string_view_t(escaped.data(), escaped.size()));
}

}  // namespace resource_broker::broker
