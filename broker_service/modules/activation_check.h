// Whether a version of a module can take over: tried with its process beside that of the version that serves.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "broker_service/modules/module_options.h"
#include "broker_service/modules/supervised_module.h"
#include "broker_service/operations/clock.h"
#include "resource_broker/v1/activation.pb.h"

namespace resource_broker::broker {

// A resource that would move, and who serves it now.
struct MovingResource {
  ResourceSpec spec;
  std::shared_ptr<SupervisedModule> now;
};

struct CheckedVersion {
  // With their times: started, opened, self-tested.
  std::vector<v1::ActivationStep> steps;
  // Resources that were alive with the version that serves them.
  absl::flat_hash_set<std::string> alive;
};

// Owns itself until it has told. Every wait in it is one of the options'.
class ActivationCheck : public std::enable_shared_from_this<ActivationCheck> {
 public:
  using Done = std::function<void(absl::StatusOr<CheckedVersion>)>;

  // Starts `next`, opens the resources there, with a copy of their state, compares their health with what it is now,
  // and asks for the self test. `busy` tells whether an operation of a resource is under way: its health says nothing.
  // Aborted, and what is wrong.
  static void Begin(std::shared_ptr<SupervisedModule> next, std::vector<MovingResource> resources,
                    const ModuleOptions& options, Clock* clock, std::function<bool(const std::string&)> busy,
                    Done done);

 private:
  void Start();
  void OpenNext();
  void TryResource(const MovingResource& resource);
  void OpenAtNext(const MovingResource& resource, bool alive, const v1::ExportedState* state);
  void CompareHealth(const MovingResource& resource);
  void EndResource(const absl::Status& status);
  void SelfTest();
  void AddStep(const char* name);
  void End(const absl::Status& status);

  std::shared_ptr<SupervisedModule> next_;
  std::vector<MovingResource> resources_;
  ModuleOptions options_;
  Clock* clock_ = nullptr;
  std::function<bool(const std::string&)> busy_;
  Done done_;

  absl::Mutex mu_;
  CheckedVersion checked_ ABSL_GUARDED_BY(mu_);
  absl::Duration step_begun_ ABSL_GUARDED_BY(mu_);
  size_t begun_ ABSL_GUARDED_BY(mu_) = 0;
  size_t under_way_ ABSL_GUARDED_BY(mu_) = 0;
  absl::Status fault_ ABSL_GUARDED_BY(mu_);
};

}  // namespace resource_broker::broker
