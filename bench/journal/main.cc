// Part D's other side, and part E's journals.
//
//   bench_journal sqlite FILE RECORD_BYTES AT_ONCE SECONDS   SQLite's own limit; see sqlite_limit.h
//   bench_journal journal FILE AT_ONCE OPERATIONS            our journal without a broker
//   bench_journal fill FILE OPERATIONS                       a journal of so many ended operations
//
// FILE must not exist yet. Prints one line of JSON.
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "absl/status/statusor.h"
#include "bench/journal/operations.h"
#include "bench/journal/sqlite_limit.h"
#include "bench/samples.h"
#include "broker_service/journal/sqlite_journal.h"

namespace resource_broker::bench {
namespace {

// More than anybody writes here.
constexpr uint64_t kMaxEnded = 10'000'000;

int Fail(const absl::Status& status) {
  std::fprintf(stderr, "bench_journal: %s\n", status.ToString().c_str());
  return 1;
}

int Limit(const std::filesystem::path& file, size_t record_bytes, size_t at_once, double seconds) {
  const auto time = std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
  const absl::StatusOr<CommitRate> rate = MeasureSqliteLimit(file, record_bytes, at_once, time);
  if (!rate.ok()) return Fail(rate.status());
  Line().Add("operations_per_s", rate->operations_per_s).Add("commit_us", rate->commits_us).Print();
  return 0;
}

template <typename Work>
int WithJournal(const std::filesystem::path& file, uint64_t operations, const Work& work) {
  broker::JournalOptions options;
  options.max_ended = kMaxEnded;
  const auto journal = broker::SqliteJournal::Open(file, options);
  if (!journal.ok()) return Fail(journal.status());
  const Clock::time_point begun = Clock::now();
  if (absl::Status status = work(journal->get()); !status.ok()) return Fail(status);
  const double seconds = Microseconds(Clock::now() - begun) / 1e6;
  Line line;
  line.Add("operations_per_s", static_cast<double>(operations) / seconds);
  line.Add("commits", static_cast<double>((*journal)->commits()));
  (*journal)->Close();
  line.Print();
  return 0;
}

int Main(int argc, char** argv) {
  const std::string command = argc > 2 ? argv[1] : "";
  if (command == "sqlite" && argc == 6) {
    return Limit(std::filesystem::u8path(argv[2]), std::strtoull(argv[3], nullptr, 10),
                 std::strtoull(argv[4], nullptr, 10), std::atof(argv[5]));
  }
  if (command == "journal" && argc == 5) {
    const uint64_t at_once = std::strtoull(argv[3], nullptr, 10);
    const uint64_t operations = std::strtoull(argv[4], nullptr, 10);
    return WithJournal(std::filesystem::u8path(argv[2]), operations,
                       [&](broker::Journal* journal) { return WriteOperations(journal, operations, at_once); });
  }
  if (command == "fill" && argc == 4) {
    const uint64_t operations = std::strtoull(argv[3], nullptr, 10);
    return WithJournal(std::filesystem::u8path(argv[2]), operations,
                       [&](broker::Journal* journal) { return FillJournal(journal, operations); });
  }
  std::fprintf(stderr, "usage: see bench/journal/main.cc\n");
  return 2;
}

}  // namespace
}  // namespace resource_broker::bench

int main(int argc, char** argv) { return resource_broker::bench::Main(argc, argv); }
