// One resource instance, from OpenV2 to Close, as the entry points see it.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "bridge_dll/broker_link.h"
#include "bridge_dll/host_callbacks.h"
#include "bridge_dll/host_link.h"
#include "bridge_dll/properties.h"
#include "bridge_dll/resapi.h"
#include "bridge_dll/resource_key.h"
#include "bridge_dll/settings.h"

namespace resource_broker::bridge {

// What OpenV2 gets, and what is known of the resource's type.
struct ResourceIdentity {
  std::string name;
  std::string type;
  resapi::RESOURCE_HANDLE handle = nullptr;
  uint32_t open_flags = 0;
};

// Stands between RHS (HostLink) and the broker (BrokerLink), and knows what state the resource is in. Any thread: entry
// points, gRPC's threads (as LinkObserver) and the reporter's may be inside at once.
class Resource final : public LinkObserver, public std::enable_shared_from_this<Resource> {
 public:
  Resource(ResourceIdentity identity, const HostCallbacks& host, std::unique_ptr<ResourceKey> key);

  // Reads the properties and has the resource opened at the broker; waits for nobody. Call it next.
  void Open();

  // OnlineV2 and OfflineV2. `request` holds what RHS passed: kind, flags, destination, buffer, reserved; the rest is
  // filled in here. The Win32 code for RHS: 0, 997, or the error.
  uint32_t Operate(v1::OperationRequest request);

  void Terminate(absl::string_view reason);
  // 997 if there is a pending operation, else 0.
  uint32_t Cancel(uint32_t flags);
  // A resource that may still run is terminated first.
  void Close();

  // Of a resource that is offline or failed both are false. While an operation is pending both are true: its report
  // will tell, and a FALSE makes RHS terminate the resource. Else the broker's last word counts; without one it is
  // alive.
  bool LooksAlive();
  // Asks the broker, within the budget.
  bool IsAlive();

  // The module's answer within the budget; absent without one.
  std::optional<v1::ControlResponse> Control(v1::ControlRequest request);

  // For the cluster log, from an entry point.
  void LogNow(resapi::LOG_LEVEL level, absl::string_view text) { host_->LogNow(level, text); }

  // --- LinkObserver ---
  void ResourceOpened(const v1::OpenResourceResponse& response) override;
  void OperationEvent(const std::string& operation_id, const v1::Event& event) override;
  void OperationLost(const std::string& operation_id, uint32_t win32_code, absl::string_view why) override;
  void HealthChanged(const v1::HealthChanged& event) override;
  void LockChanged(const v1::LockChanged& event) override;
  void FailureSignalled(const v1::FailureSignalled& event) override;
  void Note(resapi::LOG_LEVEL level, absl::string_view text) override;

 private:
  enum class State { kUnknown, kOffline, kOnline, kFailed };

  struct Operation {
    std::string id;
    v1::OperationKind kind = v1::OPERATION_KIND_UNSPECIFIED;
    // RHS has been told 997.
    bool pended = false;
    // How it ended, where its entry point has still to return.
    std::optional<v1::FinalReport> final;
    v1::EventKind outcome = v1::EVENT_KIND_UNSPECIFIED;
  };

  // The host has answered a report with ResourceExitStateTerminate.
  void HostTerminated(const std::string& operation_id) ABSL_LOCKS_EXCLUDED(mutex_);
  // Reads the properties again. Call it while no other thread does: from Open, and with the operation's place taken.
  void Refresh() ABSL_LOCKS_EXCLUDED(mutex_);
  // What keeps the operation from being sent, if anything.
  uint32_t Check(const v1::OperationRequest& request) ABSL_LOCKS_EXCLUDED(mutex_);
  // Waits within the budget, and gives what RHS is told.
  uint32_t AwaitOutcome(const std::string& id, SteadyTime deadline) ABSL_LOCKS_EXCLUDED(mutex_);
  uint32_t Outcome() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void End(const v1::FinalReport& report, v1::EventKind outcome, absl::string_view message)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool Has(const std::string& operation_id) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool Answer() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // How long an entry point that began at `began` may wait inside.
  SteadyTime WaitLimit(SteadyTime began) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const ResourceIdentity identity_;
  const std::unique_ptr<ResourceKey> key_;
  const std::shared_ptr<HostLink> host_;

  absl::Mutex mutex_;
  Properties properties_ ABSL_GUARDED_BY(mutex_);
  Settings settings_ ABSL_GUARDED_BY(mutex_);
  std::shared_ptr<BrokerLink> link_ ABSL_GUARDED_BY(mutex_);
  State state_ ABSL_GUARDED_BY(mutex_) = State::kUnknown;
  std::optional<v1::Health> health_ ABSL_GUARDED_BY(mutex_);
  std::optional<Operation> operation_ ABSL_GUARDED_BY(mutex_);
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace resource_broker::bridge
