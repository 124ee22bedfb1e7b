#include "broker_service/log.h"

#include <spdlog/spdlog.h>

#include "broker_service/text.h"

namespace resource_broker::broker {
namespace {

// spdlog's messages have no room for them. It formats on the thread that logs.
thread_local const LogFields* fields_of_this_line = nullptr;

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

}  // namespace

LogField LogOp(std::string_view id) { return {&LogFields::op, Hex(id), "op=", ""}; }
LogField LogResource(std::string_view name) { return {&LogFields::resource, std::string(name), "resource \"", "\""}; }
LogField LogModule(std::string_view label) { return {&LogFields::module, std::string(label), "module ", ""}; }

bool LogEnabled(LogLevel level) { return spdlog::should_log(ToSpdlog(level)); }

void SetLogLevel(LogLevel level) { spdlog::set_level(ToSpdlog(level)); }

void WriteLog(LogLevel level, const LogText& line) {
  fields_of_this_line = &line.fields;
  spdlog::log(ToSpdlog(level), spdlog::string_view_t(line.text.data(), line.text.size()));
  fields_of_this_line = nullptr;
}

const LogFields& FieldsOfThisLine() {
  static const LogFields* const kNone = new LogFields();
  return fields_of_this_line == nullptr ? *kNone : *fields_of_this_line;
}

}  // namespace resource_broker::broker
