// For callgrind: does one thing of the hot path COUNT times. What it costs once is the difference of two runs, divided
// by the difference of their counts; see ../guard/guard.py.
//
//   bench_counted operation|arrival|departure COUNT
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "absl/synchronization/mutex.h"
#include "bench/functions/hot_path.h"

namespace {

template <typename Subject>
int Repeat(void (Subject::*once)(), int64_t count) {
  Subject subject;
  for (int64_t i = 0; i < count; ++i) (subject.*once)();
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  // As the broker has it.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  using namespace resource_broker::bench;  // NOLINT(google-build-using-namespace)
  const std::string what = argc == 3 ? argv[1] : "";
  const int64_t count = argc == 3 ? std::strtoll(argv[2], nullptr, 10) : 0;
  if (what == "operation") return Repeat(&EngineSubject::RunOperation, count);
  if (what == "arrival") return Repeat(&ArrivalSubject::Arrive, count);
  if (what == "departure") return Repeat(&DepartureSubject::Depart, count);
  std::fprintf(stderr, "usage: bench_counted operation|arrival|departure COUNT\n");
  return 2;
}
