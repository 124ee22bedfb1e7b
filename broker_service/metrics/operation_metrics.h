// What ended operations are counted in.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/time/time.h"
#include "resource_broker/v1/types.pb.h"

namespace prometheus {
class Counter;
class Histogram;
class Registry;
template <typename T>
class Family;
}  // namespace prometheus

namespace resource_broker::broker {

// Label values beyond this many are counted as "other".
inline constexpr size_t kMaxLabelValues = 100;
inline constexpr char kOtherLabel[] = "other";

// Those of one module. Thread-safe; takes no locks but the histograms' own.
class ModuleOperationMetrics {
 public:
  // `outcome` ends an operation. `run` is zero where it never began.
  void Count(v1::OperationKind kind, v1::EventKind outcome, absl::Duration queued, absl::Duration run) const;

 private:
  friend class OperationMetrics;
  static constexpr size_t kOutcomes = 5;
  struct OfKind {
    std::array<prometheus::Counter*, kOutcomes> ended{};
    prometheus::Histogram* queued = nullptr;
    prometheus::Histogram* run = nullptr;
  };
  // Online, offline.
  std::array<OfKind, 2> kinds_;
};

// For one thread at a time. `registry` outlives it.
class OperationMetrics {
 public:
  explicit OperationMetrics(prometheus::Registry* registry);

  // Valid as long as this; the same for all modules beyond kMaxLabelValues.
  const ModuleOperationMetrics* OfModule(const std::string& module);

 private:
  std::unique_ptr<ModuleOperationMetrics> Make(const std::string& module);

  prometheus::Family<prometheus::Counter>* const ended_;
  prometheus::Family<prometheus::Histogram>* const queued_;
  prometheus::Family<prometheus::Histogram>* const run_;
  absl::flat_hash_map<std::string, std::unique_ptr<ModuleOperationMetrics>> modules_;
};

}  // namespace resource_broker::broker
