#include "broker_service/host/logging.h"

#include <spdlog/sinks/rotating_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <memory>
#include <utility>
#include <vector>

#include "broker_service/modules/private_folder.h"

namespace resource_broker::broker {
namespace {

constexpr size_t kMaxFileBytes = 10 << 20;
constexpr size_t kOlderFiles = 4;

}  // namespace

absl::Status StartLogging(const std::string& level, const std::filesystem::path& folder, bool console) {
  if (absl::Status status = MakePrivateFolder(folder); !status.ok()) return status;
  std::vector<spdlog::sink_ptr> sinks;
  try {
    sinks.push_back(std::make_shared<spdlog::sinks::rotating_file_sink_mt>((folder / "resource_broker.log").native(),
                                                                           kMaxFileBytes, kOlderFiles));
  } catch (const spdlog::spdlog_ex& fault) {
    return absl::UnavailableError(fault.what());
  }
  if (console) sinks.push_back(std::make_shared<spdlog::sinks::stderr_sink_mt>());
  auto logger = std::make_shared<spdlog::logger>("resource_broker", sinks.begin(), sinks.end());
  logger->set_pattern("%Y-%m-%dT%H:%M:%S.%e%z %l [%t] %v");
  logger->set_level(spdlog::level::from_str(level));
  // Lines before a crash are the ones that matter.
  logger->flush_on(spdlog::level::info);
  logger->set_error_handler([](const std::string&) {});
  spdlog::set_default_logger(std::move(logger));
  return absl::OkStatus();
}

void FlushLog() { spdlog::default_logger()->flush(); }

}  // namespace resource_broker::broker
