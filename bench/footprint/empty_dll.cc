// What a DLL costs.
#include "bench/footprint/plain_dll.h"

BENCH_EXPORT int BenchUse(const char*) { return 0; }
