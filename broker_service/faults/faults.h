// Faults on command, at the places of fault_points.h. Off unless broker.json allows them.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "broker_service/faults/fault_points.h"
#include "resource_broker/v1/config.pb.h"
#include "resource_broker/v1/faults.pb.h"

namespace resource_broker::broker {

// InvalidArgument begins with the field that is wrong, after `prefix`.
absl::Status CheckFault(const v1::Fault& fault, const std::string& prefix);

// The faults of this process. Thread-safe; nobody is made to wait but at a point that is armed with a delay, and there
// without a lock of this class.
class Faults {
 public:
  enum class Side : uint8_t { kBefore, kAfter };

  static Faults& OfProcess();

  // Forgets all there was. The settings have been checked.
  void Configure(const v1::BrokerConfig::FaultSettings& settings);
  bool allowed() const { return allowed_.load(std::memory_order_relaxed); }

  // As the contract's; FailedPrecondition where not allowed.
  absl::Status Arm(const v1::Fault& fault);
  absl::Status Clear(const std::string& point);
  v1::ListFaultPointsResponse List() const;

  // A passage. Returns an error only where that is armed, and only before the step.
  absl::Status Pass(FaultPoint point, Side side);
  // How many of the `bytes` that a connection of `point` received it may still have; fewer: it is to be cut behind
  // them.
  size_t Receive(FaultPoint point, size_t bytes);

 private:
  struct Armed {
    FaultAction action = kNoAction;
    uint32_t delay_ms = 0;
    uint64_t after = 0;
    uint64_t drop_bytes = 0;
    bool repeat = false;
  };
  struct State {
    uint64_t hits = 0;
    std::optional<Armed> armed;
    uint32_t held = 0;
    // Whoever is held lets go when it has changed.
    uint64_t clears = 0;
  };

  void ArmLocked(const v1::Fault& fault) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  static void Release(State* state);

  std::atomic<bool> allowed_{false};
  mutable absl::Mutex mu_;
  std::array<State, kFaultPointCount> states_ ABSL_GUARDED_BY(mu_);
};

// What the places call: one load of a flag where faults are not allowed.
inline absl::Status BeforeFaultPoint(FaultPoint point) {
  Faults& faults = Faults::OfProcess();
  return faults.allowed() ? faults.Pass(point, Faults::Side::kBefore) : absl::OkStatus();
}
inline void AfterFaultPoint(FaultPoint point) {
  Faults& faults = Faults::OfProcess();
  if (faults.allowed()) faults.Pass(point, Faults::Side::kAfter).IgnoreError();
}
// For a step that can't fail.
inline void ReachFaultPoint(FaultPoint point) { BeforeFaultPoint(point).IgnoreError(); }

}  // namespace resource_broker::broker
