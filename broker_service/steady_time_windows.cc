#include <windows.h>

#include <chrono>

#include "broker_service/steady_time.h"

namespace resource_broker::broker {
namespace {

// In 100 ns, without suspended time. Since Windows 10 and Server 2016; Wine 8 lacks it.
using UnbiasedTime = void(WINAPI*)(ULONGLONG*);

UnbiasedTime FindUnbiasedTime() {
  const HMODULE kernel = GetModuleHandleW(L"kernelbase.dll");
  if (kernel == nullptr) return nullptr;
  // Through void*, because the compiler distrusts a cast between function types.
  return reinterpret_cast<UnbiasedTime>(
      reinterpret_cast<void*>(GetProcAddress(kernel, "QueryUnbiasedInterruptTimePrecise")));
}

}  // namespace

absl::Duration SteadyTime() {
  static const UnbiasedTime unbiased = FindUnbiasedTime();
  // The performance counter, which goes on during a suspension.
  if (unbiased == nullptr) return absl::FromChrono(std::chrono::steady_clock::now().time_since_epoch());
  ULONGLONG ticks = 0;
  unbiased(&ticks);
  return absl::Nanoseconds(100) * static_cast<int64_t>(ticks);
}

}  // namespace resource_broker::broker
