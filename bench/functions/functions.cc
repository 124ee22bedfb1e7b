// Single functions of the path of an operation, timed by Google Benchmark.
#include <benchmark/benchmark.h>

#include <filesystem>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "bench/functions/hot_path.h"
#include "bench/journal/operations.h"
#include "broker_service/journal/memory_journal.h"
#include "broker_service/journal/sqlite_journal.h"
#include "ipc/testing/temporary_folder.h"

namespace resource_broker::bench {
namespace {

// Operations of one measurement of a journal.
constexpr uint64_t kOperations = 512;

void EngineOperation(benchmark::State& state) {
  EngineSubject subject;
  for ([[maybe_unused]] auto _ : state) subject.RunOperation();
}
BENCHMARK(EngineOperation)->Unit(benchmark::kMicrosecond)->Iterations(20000);

void Arrival(benchmark::State& state) {
  ArrivalSubject subject;
  for ([[maybe_unused]] auto _ : state) subject.Arrive();
}
BENCHMARK(Arrival)->Unit(benchmark::kMicrosecond);

void Departure(benchmark::State& state) {
  DepartureSubject subject;
  for ([[maybe_unused]] auto _ : state) subject.Depart();
}
BENCHMARK(Departure)->Unit(benchmark::kMicrosecond);

void Write(benchmark::State& state, broker::Journal* journal) {
  const absl::Status status = WriteOperations(journal, kOperations, static_cast<uint64_t>(state.range(0)));
  if (!status.ok()) state.SkipWithError(status.ToString().c_str());
}

void Count(benchmark::State& state) { state.SetItemsProcessed(static_cast<int64_t>(state.iterations() * kOperations)); }

void MemoryJournalOperations(benchmark::State& state) {
  for ([[maybe_unused]] auto _ : state) {
    broker::MemoryJournal journal;
    Write(state, &journal);
  }
  Count(state);
}
BENCHMARK(MemoryJournalOperations)->Arg(1)->Unit(benchmark::kMillisecond)->UseRealTime();

void DurableJournalOperations(benchmark::State& state) {
  const ipc::testing::TemporaryFolder folder;
  int file = 0;
  for ([[maybe_unused]] auto _ : state) {
    // An operation's id is written once in a journal.
    state.PauseTiming();
    const auto path = std::filesystem::u8path(folder.path()) / absl::StrCat(++file, ".db");
    const auto journal = broker::SqliteJournal::Open(path, {});
    state.ResumeTiming();
    if (!journal.ok()) return state.SkipWithError(journal.status().ToString().c_str());
    Write(state, journal->get());
    state.PauseTiming();
    (*journal)->Close();
    state.ResumeTiming();
  }
  Count(state);
}
BENCHMARK(DurableJournalOperations)
    ->Arg(1)
    ->Arg(16)
    ->Arg(256)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime()
    ->Iterations(1);

}  // namespace
}  // namespace resource_broker::bench

BENCHMARK_MAIN();
