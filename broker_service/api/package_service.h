// Packages of modules, served.
#pragma once

#include <cstdint>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "broker_service/access/door.h"
#include "broker_service/operations/clock.h"
#include "broker_service/packages/staging.h"
#include "resource_broker/v1/packages.grpc.pb.h"

namespace resource_broker::broker {

struct PackageServiceParts {
  // All outlive the service.
  Door* door = nullptr;
  Staging* staging = nullptr;
  Timers* timers = nullptr;
  uint64_t max_package_bytes = 256 << 20;
  absl::Duration upload = absl::Minutes(10);
};

// Blocking methods on purpose, as FaultService's: gRPC gives those threads of their own, and what is done here waits
// for disks. Thread-safe.
class PackageService : public v1::Packages::Service {
 public:
  explicit PackageService(PackageServiceParts parts) : parts_(parts) {}

  grpc::Status StageModule(grpc::ServerContext* context, grpc::ServerReader<v1::StageModuleRequest>* reader,
                           v1::StageModuleResponse* response) override;
  grpc::Status RemoveModuleVersion(grpc::ServerContext* context, const v1::RemoveModuleVersionRequest* request,
                                   v1::RemoveModuleVersionResponse* response) override;

 private:
  class Turn;

  absl::Status Stage(grpc::ServerContext* context, grpc::ServerReader<v1::StageModuleRequest>* reader,
                     v1::StageModuleResponse* response);

  absl::Status Remove(const v1::RemoveModuleVersionRequest& request);

  const PackageServiceParts parts_;
  absl::Mutex mu_;
  // Calls under way: one that works and one that waits for it or uploads meanwhile.
  int calls_ ABSL_GUARDED_BY(mu_) = 0;
};

}  // namespace resource_broker::broker
