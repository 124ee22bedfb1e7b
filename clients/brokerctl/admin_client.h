// Calls of the Admin contract, each with a deadline and with errors that say what to do.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "resource_broker/v1/activation.grpc.pb.h"
#include "resource_broker/v1/admin.grpc.pb.h"
#include "resource_broker/v1/faults.grpc.pb.h"
#include "resource_broker/v1/packages.grpc.pb.h"

namespace resource_broker::brokerctl {

// One broker. Calls block; one thread.
class AdminClient {
 public:
  // InvalidArgument for an address that is not of this platform. Nothing is sent yet.
  static absl::StatusOr<AdminClient> Connect(const std::string& address, std::chrono::milliseconds timeout);

  // Every call: Unavailable, saying so, if no broker answers at the address; DeadlineExceeded after the timeout; else
  // the broker's own error.
  absl::StatusOr<v1::GetStatusResponse> Status();
  absl::StatusOr<v1::ListOperationsResponse> List(const v1::ListOperationsRequest& request);
  absl::StatusOr<v1::OperationRecord> Get(const std::string& operation_id);

  absl::Status SetResourceLock(const std::string& resource, bool locked, const std::string& reason);
  absl::StatusOr<v1::ActivateModuleResponse> ActivateModule(const v1::ActivateModuleRequest& request);
  absl::StatusOr<v1::RollbackModuleResponse> RollbackModule(const std::string& module);
  // Empty: all.
  absl::StatusOr<v1::ListModuleVersionsResponse> ModuleVersions(const std::string& module);

  absl::StatusOr<v1::ListFaultPointsResponse> FaultPoints();
  absl::Status ArmFault(const v1::Fault& fault);
  // Empty: all.
  absl::Status ClearFaults(const std::string& point);

  // Sends the package, a .zip, which `sha256` (32 bytes) is of. Only the connecting has the timeout: how long the rest
  // takes is limited by the broker.
  absl::StatusOr<v1::StageModuleResponse> StageModule(const std::filesystem::path& zip, const std::string& sha256);
  absl::Status RemoveModuleVersion(const std::string& name, const std::string& version);

  // Gives each event to `event` until that says false, or the stream ends. Only the connecting has a deadline.
  absl::Status Watch(const v1::WatchOperationsRequest& request,
                     const std::function<bool(const v1::WatchedEvent&)>& event);

  // The same for one operation, until its final event: those that come from now on, and the final one in any case;
  // those before, too, if `from_start`. NotFound.
  absl::Status WatchToEnd(const std::string& operation_id, bool from_start,
                          const std::function<bool(const v1::WatchedEvent&)>& event);

  // The id that `text` means: 32 hex digits, or the first of them where only one operation begins so. InvalidArgument,
  // NotFound, or FailedPrecondition with two that fit.
  absl::StatusOr<std::string> FindId(const std::string& text);

 private:
  AdminClient(std::string address, std::chrono::milliseconds timeout, std::unique_ptr<v1::Admin::Stub> stub,
              std::unique_ptr<v1::Activation::Stub> activation, std::unique_ptr<v1::Faults::Stub> faults,
              std::unique_ptr<v1::Packages::Stub> packages);
  absl::Status Explain(const grpc::Status& status) const;
  void SetDeadline(grpc::ClientContext* context) const;

  std::string address_;
  std::chrono::milliseconds timeout_;
  std::unique_ptr<v1::Admin::Stub> stub_;
  std::unique_ptr<v1::Activation::Stub> activation_;
  std::unique_ptr<v1::Faults::Stub> faults_;
  std::unique_ptr<v1::Packages::Stub> packages_;
};

}  // namespace resource_broker::brokerctl
