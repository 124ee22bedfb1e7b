// gRPC's threads for callbacks take no naps.
//
// A thread of gRPC 1.51 that has waited a second for a callback sleeps for a tenth of one before it waits again, so
// that others may poll. There are two, begun at once: on a process that rests they sleep at the same time, and a call
// or an answer that comes then waits for up to 100 ms, in every process on its way. The linker puts this in place of
// the function that they sleep with, see CMakeLists.txt. By the wall clock nobody else in gRPC sleeps; by the monotonic
// one it waits for a second of it to pass when it is used for the first time, and must.
#include <grpc/support/time.h>

#include <chrono>
#include <thread>

extern "C" __attribute__((visibility("default"))) void __wrap_gpr_sleep_until(  // NOLINT(bugprone-reserved-identifier)
    gpr_timespec until) {
  if (until.clock_type == GPR_CLOCK_REALTIME) return std::this_thread::yield();
  // What it asks for each time. Its clock is not asked: programs that are linked with this may have no gRPC.
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
}
