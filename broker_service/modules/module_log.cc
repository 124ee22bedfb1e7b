#include "broker_service/modules/module_log.h"

#include <spdlog/logger.h>
#include <spdlog/sinks/sink.h>

#include "absl/strings/str_cat.h"

namespace resource_broker::broker {
namespace {

constexpr size_t kMaxLineBytes = 8192;

}  // namespace

ModuleLog::ModuleLog(const std::string& name, const std::shared_ptr<spdlog::sinks::sink>& file)
    : output_(kMaxLineBytes), errors_(kMaxLineBytes) {
  if (file == nullptr) return;
  logger_ = std::make_shared<spdlog::logger>(name, file);
  logger_->set_error_handler([](const std::string&) {});
}

ModuleLog::~ModuleLog() = default;

void ModuleLog::Begin(uint32_t process_id, const std::string& version, bool again) {
  process_id_ = process_id;
  output_ = LineSplitter(kMaxLineBytes);
  errors_ = LineSplitter(kMaxLineBytes);
  Line("--", absl::StrCat("version ", version, again ? " goes on with a new broker" : " started"));
}

void ModuleLog::Write(ChildStream stream, std::string_view bytes) {
  const bool is_output = stream == ChildStream::kOutput;
  (is_output ? output_ : errors_).Add(bytes, [this, is_output](const std::string& line) {
    Line(is_output ? "out" : "err", line);
  });
}

void ModuleLog::End(const std::string& how) {
  if (!output_.rest().empty()) Line("out", output_.rest());
  if (!errors_.rest().empty()) Line("err", errors_.rest());
  Line("--", how);
  if (logger_ != nullptr) logger_->flush();
}

void ModuleLog::Line(const char* mark, std::string_view text) {
  if (logger_ == nullptr) return;
  logger_->info("[{}] {} {}", process_id_, mark, spdlog::string_view_t(text.data(), text.size()));
}

}  // namespace resource_broker::broker
