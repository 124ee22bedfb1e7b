// The part of the broker that a bridge talks to, with a journal in memory or in a file.
#pragma once

#include <memory>

#include "absl/status/status.h"
#include "broker_service/api/bridge_service.h"
#include "broker_service/api/sessions.h"
#include "broker_service/host/api_server.h"
#include "broker_service/journal/journal.h"
#include "broker_service/modules/module_supervisor.h"
#include "broker_service/modules/process_watch.h"
#include "broker_service/operations/operation_engine.h"
#include "broker_service/operations/timer_thread.h"
#include "resource_broker/v1/config.pb.h"

namespace resource_broker::bench {

// Put together as broker_service/host/ does it, without administrators, audit, metrics and recovery: only the journal
// differs between two measurements.
class BridgeBroker {
 public:
  // Both outlive it.
  BridgeBroker(const v1::BrokerConfig& config, broker::Journal* journal);
  ~BridgeBroker();

  // Serves bridges when it returns OK.
  absl::Status Start();
  // Ends the modules, then the calls.
  void Stop();

 private:
  const v1::BrokerConfig& config_;
  broker::Journal* const journal_;
  broker::SystemClock clock_;
  broker::TimerThread timers_;
  broker::OperationWatchers watchers_{/*max_behind=*/1};
  std::unique_ptr<broker::ModuleSupervisor> modules_;
  std::shared_ptr<broker::OperationEngine> engine_;
  std::shared_ptr<broker::Sessions> sessions_;
  // After the sessions, which it tells of ends.
  std::unique_ptr<broker::ProcessWatch> processes_;
  std::unique_ptr<broker::BridgeService> service_;
  std::unique_ptr<broker::ApiServer> server_;
};

}  // namespace resource_broker::bench
