// Calls of the Admin contract, each with a deadline and with errors that say what to do.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "resource_broker/v1/admin.grpc.pb.h"
#include "resource_broker/v1/faults.grpc.pb.h"

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
  absl::StatusOr<v1::ListFaultPointsResponse> FaultPoints();
  absl::Status ArmFault(const v1::Fault& fault);
  // Empty: all.
  absl::Status ClearFaults(const std::string& point);

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
              std::unique_ptr<v1::Faults::Stub> faults);
  absl::Status Explain(const grpc::Status& status) const;
  void SetDeadline(grpc::ClientContext* context) const;

  std::string address_;
  std::chrono::milliseconds timeout_;
  std::unique_ptr<v1::Admin::Stub> stub_;
  std::unique_ptr<v1::Faults::Stub> faults_;
};

}  // namespace resource_broker::brokerctl
