// A resource as RHS has it, called through the ABI of the DLL, with the times of what the DLL answers.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "bench/samples.h"
#include "bridge_dll/resapi.h"
#include "bridge_dll/testing/fake_cluster_registry.h"

namespace resource_broker::bench {

// The DLL's entry points; ends the process if it can't be loaded or started.
const resapi::CLRES_V2_FUNCTIONS& LoadedBridge();

// One OnlineV2 or OfflineV2.
struct Operation {
  Clock::time_point entered;
  Clock::time_point returned;
  // When RHS knew how it ended: at the return, or with the final report.
  Clock::time_point ended;
  // The entry point answered ERROR_IO_PENDING.
  bool pended = false;
  bool succeeded = false;
};

// Its private properties beside Module and PipeName.
using Properties = std::map<std::string, std::string>;

// Is opened when made and closed with the object. Operations are one thread's at a time.
class HostResource {
 public:
  HostResource(const std::string& name, const std::string& address, const Properties& properties);
  ~HostResource();
  HostResource(const HostResource&) = delete;
  HostResource& operator=(const HostResource&) = delete;

  // Offline, and online the next time, and so on; returns when the entry point does. `ended` and `succeeded` are only
  // known where it has not pended.
  Operation Begin();

  // Fills in the end of what Begin began; false if it has not come within a minute.
  bool AwaitEnd(Operation* operation);

  // Both.
  Operation Run();

 private:
  friend struct Callbacks;
  struct Report {
    Clock::time_point time;
    resapi::CLUSTER_RESOURCE_STATE state;
  };
  void Take(const resapi::RESOURCE_STATUS_EX& status);

  bridge::testing::FakeKey key_;
  resapi::RESID id_ = nullptr;
  bool online_next_ = true;
  absl::Mutex mu_;
  std::optional<Report> final_ ABSL_GUARDED_BY(mu_);
};

}  // namespace resource_broker::bench
