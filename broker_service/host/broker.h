// The whole broker in one object: everything between its configuration and its listeners.
#pragma once

#include <memory>

#include "absl/status/status.h"
#include "broker_service/api/admin_service.h"
#include "broker_service/api/bridge_service.h"
#include "broker_service/api/fault_service.h"
#include "broker_service/host/api_server.h"
#include "broker_service/journal/sqlite_journal.h"
#include "broker_service/modules/module_supervisor.h"
#include "broker_service/modules/process_watch.h"
#include "broker_service/operations/operation_engine.h"
#include "broker_service/operations/timer_thread.h"
#include "broker_service/slow_step.h"
#include "resource_broker/v1/config.pb.h"

namespace resource_broker::broker {

// Start and Stop are called from one thread, each once.
class Broker {
 public:
  // `config` is complete, as ParseConfig gives it.
  explicit Broker(v1::BrokerConfig config);
  ~Broker();

  // Serves when it returns OK. After an error only destruction is left.
  absl::Status Start();

  // The bridge's listener stops, streams end with UNAVAILABLE, modules are stopped, the administrators' listener stops,
  // servers end: all within broker_stop_ms.
  void Stop();

 private:
  const v1::BrokerConfig config_;
  // In this order, because each uses those before it.
  SystemClock clock_;
  std::unique_ptr<SqliteJournal> journal_;
  std::unique_ptr<TimerThread> timers_;
  std::unique_ptr<SlowSteps> slow_steps_;
  std::unique_ptr<ModuleSupervisor> modules_;
  std::shared_ptr<OperationEngine> engine_;
  std::shared_ptr<Sessions> sessions_;
  // After the sessions, which it tells of ends: first to go.
  std::unique_ptr<ProcessWatch> processes_;
  std::unique_ptr<BridgeService> bridge_service_;
  std::unique_ptr<AdminService> admin_service_;
  FaultService fault_service_;
  std::unique_ptr<ApiServer> bridge_server_;
  std::unique_ptr<ApiServer> admin_server_;
};

}  // namespace resource_broker::broker
