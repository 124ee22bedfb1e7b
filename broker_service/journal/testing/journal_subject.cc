// A program for tests to kill: journal_subject FILE. Begins and ends operations, many at once, and prints the number of
// each write that is durable: "<operation> <sequence>".
#include <cstdio>

#include "absl/synchronization/mutex.h"
#include "broker_service/journal/sqlite_journal.h"
#include "broker_service/journal/testing/journal_writes.h"

namespace resource_broker::broker::testing {
namespace {

constexpr int kAtOnce = 16;

int Main(const char* file) {
  const auto journal = SqliteJournal::Open(std::filesystem::u8path(file), {});
  if (!journal.ok()) return 1;
  absl::Mutex mu;
  int under_way = 0;
  const auto room = [&] { return under_way < kAtOnce; };
  for (int number = 1;; ++number) {
    for (uint64_t sequence = 1; sequence <= 3; ++sequence) {
      const v1::EventKind kind = sequence == 1 ? v1::ACCEPTED : sequence == 2 ? v1::RUNNING : v1::SUCCEEDED;
      mu.Lock();
      mu.Await(absl::Condition(&room));
      ++under_way;
      mu.Unlock();
      (*journal)->Append(MakeWrite(number, {MakeEvent(sequence, kind)}, sequence == 1),
                         [&mu, &under_way, number, sequence](const absl::Status& status) {
                           absl::MutexLock lock(&mu);
                           --under_way;
                           if (!status.ok()) return;
                           std::printf("%d %d\n", number, static_cast<int>(sequence));
                           std::fflush(stdout);
                         });
    }
  }
}

}  // namespace
}  // namespace resource_broker::broker::testing

int main(int argc, char** argv) { return argc == 2 ? resource_broker::broker::testing::Main(argv[1]) : 2; }
