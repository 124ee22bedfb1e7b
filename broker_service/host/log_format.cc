#include "broker_service/host/log_format.h"

#include <spdlog/details/log_msg.h>
#include <spdlog/details/os.h>
#include <spdlog/pattern_formatter.h>

#include <string>
#include <string_view>
#include <utility>

#include "absl/time/time.h"
#include "broker_service/log.h"
#include "broker_service/text.h"
#include "google/protobuf/util/json_util.h"
#include "resource_broker/v1/log_line.pb.h"

namespace resource_broker::broker {
namespace {

using spdlog::memory_buf_t;
using spdlog::details::log_msg;

void Append(std::string_view text, memory_buf_t* to) { to->append(text.data(), text.data() + text.size()); }

std::string_view View(spdlog::string_view_t text) { return {text.data(), text.size()}; }

bool NeedsEscape(unsigned char c) { return c < 0x20 || c == 0x7F; }

class TextFormatter : public spdlog::formatter {
 public:
  void format(const log_msg& message, memory_buf_t& to) override {
    std::string escaped;
    escaped.reserve(message.payload.size());
    for (const char c : View(message.payload)) {
      const auto byte = static_cast<unsigned char>(c);
      if (NeedsEscape(byte)) {
        constexpr char kDigits[] = "0123456789abcdef";
        escaped += {'\\', 'x', kDigits[byte >> 4], kDigits[byte & 0xF]};
      } else {
        escaped += c;
      }
    }
    log_msg shown = message;
    shown.payload = spdlog::string_view_t(escaped.data(), escaped.size());
    pattern_.format(shown, to);
  }
  std::unique_ptr<spdlog::formatter> clone() const override { return TextLines(); }

 private:
  spdlog::pattern_formatter pattern_{"%Y-%m-%dT%H:%M:%S.%e%z %l [%t] %v"};
};

const char* LevelName(spdlog::level::level_enum level) {
  switch (level) {
    case spdlog::level::trace:
      return "trace";
    case spdlog::level::debug:
      return "debug";
    case spdlog::level::info:
      return "info";
    case spdlog::level::warn:
      return "warning";
    default:
      return "error";
  }
}

class JsonFormatter : public spdlog::formatter {
 public:
  void format(const log_msg& message, memory_buf_t& to) override {
    const LogFields& fields = FieldsOfThisLine();
    v1::LogLine line;
    const absl::Time time = absl::FromChrono(message.time);
    line.set_time(absl::FormatTime("%Y-%m-%dT%H:%M:%E3S%Ez", time, absl::LocalTimeZone()));
    line.set_level(LevelName(message.level));
    line.set_thread(static_cast<uint32_t>(message.thread_id));
    line.set_message(ValidUtf8(std::string(View(message.payload))));
    line.set_op(fields.op);
    line.set_resource(ValidUtf8(fields.resource));
    line.set_module(ValidUtf8(fields.module));
    line.set_event(fields.event);
    line.set_name(fields.name);
    std::string json;
    // It can't fail for a message of ours.
    (void)google::protobuf::util::MessageToJsonString(line, &json);
    Append(json, &to);
    Append(spdlog::details::os::default_eol, &to);
  }
  std::unique_ptr<spdlog::formatter> clone() const override { return JsonLines(); }
};

class PriorityFormatter : public spdlog::formatter {
 public:
  explicit PriorityFormatter(std::unique_ptr<spdlog::formatter> lines) : lines_(std::move(lines)) {}

  void format(const log_msg& message, memory_buf_t& to) override {
    switch (message.level) {
      case spdlog::level::trace:
      case spdlog::level::debug:
        Append("<7>", &to);
        break;
      case spdlog::level::info:
        Append("<6>", &to);
        break;
      case spdlog::level::warn:
        Append("<4>", &to);
        break;
      default:
        Append("<3>", &to);
        break;
    }
    lines_->format(message, to);
  }
  std::unique_ptr<spdlog::formatter> clone() const override { return WithPriority(lines_->clone()); }

 private:
  const std::unique_ptr<spdlog::formatter> lines_;
};

}  // namespace

std::unique_ptr<spdlog::formatter> TextLines() { return std::make_unique<TextFormatter>(); }

std::unique_ptr<spdlog::formatter> JsonLines() { return std::make_unique<JsonFormatter>(); }

std::unique_ptr<spdlog::formatter> WithPriority(std::unique_ptr<spdlog::formatter> lines) {
  return std::make_unique<PriorityFormatter>(std::move(lines));
}

}  // namespace resource_broker::broker
