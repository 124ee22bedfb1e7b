// The services beside Admin, with answers made up by a test.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "grpcpp/server_builder.h"
#include "resource_broker/v1/activation.pb.h"
#include "resource_broker/v1/audit.pb.h"
#include "resource_broker/v1/configuration.pb.h"
#include "resource_broker/v1/diagnostics.pb.h"
#include "resource_broker/v1/modules.pb.h"
#include "resource_broker/v1/queue.pb.h"

namespace resource_broker::brokerctl {

// What they answer; filled before the first call.
struct FakeAnswers {
  v1::QueueStatus queue;
  v1::ListModuleVersionsResponse versions;
  v1::ActivateModuleResponse activated;
  v1::GetConfigurationResponse configuration;
  v1::ConfigurationCheck check;
  v1::DiagnosticsReport report;
  v1::ListAuditRecordsResponse audit;
  std::vector<std::string> log;
  std::string journal;
  // The hash that is sent with it is another.
  bool journal_damaged = false;
  // Changes of the queue are refused with PERMISSION_DENIED and this. Empty: they are not.
  std::string refusal;
  // So many uploads break off, each in its middle.
  int broken_uploads = 0;
};

class FakeServices {
 public:
  FakeServices();
  ~FakeServices();

  FakeAnswers* answers() { return &answers_; }
  void Register(grpc::ServerBuilder* builder);

  // The package that arrived whole, and the uploads that were begun.
  std::string package() const;
  int uploads() const;

 private:
  struct Services;
  class Upload;

  FakeAnswers answers_;
  mutable absl::Mutex mutex_;
  std::string package_ ABSL_GUARDED_BY(mutex_);
  int uploads_ ABSL_GUARDED_BY(mutex_) = 0;
  std::unique_ptr<Services> services_;
};

}  // namespace resource_broker::brokerctl
