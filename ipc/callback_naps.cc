// gRPC's threads for callbacks take no naps.
//
// A thread of gRPC 1.51 that has waited a second for a callback sleeps for a tenth of one before it waits again, so
// that others may poll. There are two, begun at once: on a process that rests they sleep at the same time, and a call
// or an answer that comes then waits for up to 100 ms, in every process on its way. The linker puts this in place of
// the function that they sleep with, see CMakeLists.txt; gRPC has no other use for it but in the first second of the
// system's own clock.
#include <grpc/support/time.h>

#include <thread>

extern "C" __attribute__((visibility("default"))) void __wrap_gpr_sleep_until(  // NOLINT(bugprone-reserved-identifier)
    gpr_timespec) {
  std::this_thread::yield();
}
