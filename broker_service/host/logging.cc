#include "broker_service/host/logging.h"

#include <spdlog/sinks/rotating_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <filesystem>
#include <memory>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "broker_service/events/event_log.h"
#include "broker_service/host/log_format.h"
#include "broker_service/host/options_of.h"
#include "broker_service/log.h"
#include "broker_service/modules/private_folder.h"

namespace resource_broker::broker {
namespace {

// The system's own event log may hang, and a process that ends waits for nothing else.
constexpr absl::Duration kFlushEvents = absl::Seconds(2);

std::unique_ptr<spdlog::formatter> LinesOf(const v1::BrokerConfig& config) {
  return config.logging().format() == "json" ? JsonLines() : TextLines();
}

std::unique_ptr<spdlog::formatter> ConsoleLinesOf(const v1::BrokerConfig& config) {
  return StderrIsJournal() ? WithPriority(LinesOf(config)) : LinesOf(config);
}

}  // namespace

absl::Status StartLogging(const v1::BrokerConfig& config, bool console) {
  const std::filesystem::path folder = std::filesystem::u8path(config.data_directory()) / "logs";
  if (absl::Status status = MakePrivateFolder(folder); !status.ok()) return status;
  std::vector<spdlog::sink_ptr> sinks;
  try {
    sinks.push_back(std::make_shared<spdlog::sinks::rotating_file_sink_mt>((folder / "resource_broker.log").native(),
                                                                           config.logging().max_file_bytes(),
                                                                           config.logging().max_files() - 1));
  } catch (const spdlog::spdlog_ex& fault) {
    return absl::UnavailableError(fault.what());
  }
  if (console) sinks.push_back(std::make_shared<spdlog::sinks::stderr_sink_mt>());
  auto logger = std::make_shared<spdlog::logger>("resource_broker", sinks.begin(), sinks.end());
  // Lines before a crash are the ones that matter.
  logger->flush_on(spdlog::level::info);
  logger->set_error_handler([](const std::string&) {});
  spdlog::set_default_logger(std::move(logger));
  UpdateLogging(config);
  return absl::OkStatus();
}

void UpdateLogging(const v1::BrokerConfig& config) {
  SetLogLevel(LogLevelOf(config));
  const std::shared_ptr<spdlog::logger> logger = spdlog::default_logger();
  // As StartLogging put them there; a program that did not call it has others.
  for (const spdlog::sink_ptr& sink : logger->sinks()) {
    if (dynamic_cast<spdlog::sinks::rotating_file_sink_mt*>(sink.get()) != nullptr) {
      sink->set_formatter(LinesOf(config));
    } else if (dynamic_cast<spdlog::sinks::stderr_sink_mt*>(sink.get()) != nullptr) {
      sink->set_formatter(ConsoleLinesOf(config));
    }
  }
  EventLog::OfProcess().SetMaxPerMinute(config.logging().max_events_per_minute());
}

void FlushLog() {
  EventLog::OfProcess().Flush(kFlushEvents);
  spdlog::default_logger()->flush();
}

}  // namespace resource_broker::broker
