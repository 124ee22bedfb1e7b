// What to look at when something is not as it should be: the contract, served.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "broker_service/access/door.h"
#include "broker_service/api/sessions.h"
#include "broker_service/journal/sqlite_journal.h"
#include "broker_service/modules/module_supervisor.h"
#include "broker_service/slow_step.h"
#include "resource_broker/v1/diagnostics.grpc.pb.h"

namespace resource_broker::broker {

// All outlive the service.
struct DiagnosticsServiceParts {
  Door* door = nullptr;
  const SqliteJournal* journal = nullptr;
  ModuleSupervisor* modules = nullptr;
  std::shared_ptr<Sessions> sessions;
  const SlowSteps* slow_steps = nullptr;
  Clock* clock = nullptr;
  Timers* timers = nullptr;
  std::string node;
  uint32_t process_id = 0;
  absl::Duration backup = absl::Minutes(10);
  // DiagnosticsReport.connections; empty: nobody counts them.
  std::function<std::map<std::string, uint32_t>()> connections;
};

// Blocking methods on purpose, as PackageService's: what is done here waits for disks and readers. Thread-safe.
class DiagnosticsService : public v1::Diagnostics::Service {
 public:
  explicit DiagnosticsService(DiagnosticsServiceParts parts);

  grpc::Status GetDiagnostics(grpc::ServerContext* context, const v1::GetDiagnosticsRequest* request,
                              v1::DiagnosticsReport* response) override;
  grpc::Status BackUpJournal(grpc::ServerContext* context, const v1::BackUpJournalRequest* request,
                             grpc::ServerWriter<v1::JournalChunk>* writer) override;

 private:
  void AddComponents(v1::DiagnosticsReport* report);
  // `size` is set once it is known.
  absl::Status BackUp(grpc::ServerContext* context, grpc::ServerWriter<v1::JournalChunk>* writer, uint64_t* size);

  const DiagnosticsServiceParts parts_;
  const int64_t started_unix_us_;
  absl::Mutex mu_;
  bool backing_up_ ABSL_GUARDED_BY(mu_) = false;
};

}  // namespace resource_broker::broker
