// The DLLs that the bridge's footprint is compared with have one export.
#pragma once

#ifdef _WIN32
#define BENCH_EXPORT extern "C" __declspec(dllexport)
#else
#define BENCH_EXPORT extern "C" __attribute__((visibility("default")))
#endif

// Does what the DLL is for, once. `address` is "host:port" of a gRPC server. 0: done.
BENCH_EXPORT int BenchUse(const char* address);
