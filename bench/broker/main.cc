// A broker without a journal's file, to measure what that costs; never part of what is installed.
//
//   bench_broker memory|file BROKER.JSON
//
// Serves bridges and modules alone. Prints "serving", and stops when standard input ends. With `file` it is the same
// with the journal of the product, so that nothing else differs.
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "bench/broker/bridge_broker.h"
#include "broker_service/host/config.h"
#include "broker_service/journal/memory_journal.h"
#include "broker_service/journal/sqlite_journal.h"
#include "broker_service/log.h"

namespace resource_broker::bench {
namespace {

int Fail(const absl::Status& status) {
  std::fprintf(stderr, "bench_broker: %s\n", status.ToString().c_str());
  return 1;
}

int Serve(const v1::BrokerConfig& config, broker::Journal* journal) {
  BridgeBroker broker(config, journal);
  if (absl::Status status = broker.Start(); !status.ok()) return Fail(status);
  std::printf("serving\n");
  std::fflush(stdout);
  for (std::string line; std::getline(std::cin, line);) {
  }
  broker.Stop();
  return 0;
}

int Main(const std::string& kind, const char* file) {
  // As RunCommandLine.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  broker::SetLogLevel(broker::LogLevel::kWarning);
  const absl::StatusOr<v1::BrokerConfig> config = broker::LoadConfig(std::filesystem::u8path(file));
  if (!config.ok()) return Fail(config.status());
  if (kind == "memory") {
    broker::MemoryJournal journal;
    return Serve(*config, &journal);
  }
  const auto journal_file = std::filesystem::u8path(config->data_directory()) / "journal.db";
  const auto journal = broker::SqliteJournal::Open(journal_file, {});
  if (!journal.ok()) return Fail(journal.status());
  const int exit_code = Serve(*config, journal->get());
  (*journal)->Stop();
  return exit_code;
}

}  // namespace
}  // namespace resource_broker::bench

int main(int argc, char** argv) {
  const std::string kind = argc == 3 ? argv[1] : "";
  if (kind == "memory" || kind == "file") return resource_broker::bench::Main(kind, argv[2]);
  std::fprintf(stderr, "usage: bench_broker memory|file BROKER.JSON\n");
  return 2;
}
