// The door of this broker.
#pragma once

#include <string>
#include <string_view>

#include "broker_service/access/access_rules.h"
#include "broker_service/access/call_rates.h"
#include "broker_service/access/door.h"
#include "broker_service/access/remote_callers.h"
#include "broker_service/audit/audit_log.h"

namespace resource_broker::broker {

// All must outlive it.
struct GateParts {
  const AccessRules* rules = nullptr;
  const RemoteCallers* callers = nullptr;
  CallRates* rates = nullptr;
  AuditLog* audit = nullptr;
};

// A remote caller's role is looked up anew for each call. Who calls locally has all of them and calls as often as he
// likes.
class Gate : public Door {
 public:
  explicit Gate(const GateParts& parts) : parts_(parts) {}

  absl::StatusOr<Caller> Admit(const grpc::ServerContextBase& context, std::string_view method) override;
  void Record(const Caller& caller, std::string_view method, const Change& change,
              const absl::Status& outcome) override;

 private:
  absl::StatusOr<Caller> CallerOf(const grpc::ServerContextBase& context) const;
  absl::Status Refuse(const Caller& caller, std::string_view method, absl::Status why);

  const GateParts parts_;
};

}  // namespace resource_broker::broker
