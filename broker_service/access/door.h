// Where every call of an administrator comes in: who it is, whether they may, and what is written down of it.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace grpc {
class ServerContextBase;
}

namespace resource_broker::broker {

// Each has what those before it have. What a method needs is in access/method_roles.cc.
enum class Role { kNone, kViewer, kOperator, kAdmin };

// Who makes a call, as the audit log and errors name them.
struct Caller {
  // AuditRecord.identity: "spiffe://corp/ops/alice", "CN=alice,O=Corp", "local uid:0".
  std::string identity;
  // AuditRecord.from: "10.1.2.3:51812", "pipe", "socket".
  std::string from;
  Role role = Role::kNone;
};

// What a call was about, and how that was and is now (or was to be): for the audit log. Short, and without secrets.
struct Change {
  std::string subject;
  std::string before;
  std::string after;
};

// Thread-safe; no call blocks.
class Door {
 public:
  virtual ~Door() = default;

  // The first thing a handler does. `method` is "Service.Method", as in "Queue.PauseQueue". PermissionDenied names the
  // missing role and the identity, ResourceExhausted the limit; both are in the audit log already.
  virtual absl::StatusOr<Caller> Admit(const grpc::ServerContextBase& context, std::string_view method) = 0;

  // For the methods that change something, once, when their outcome is known: done, or why not. Also for arguments that
  // were refused.
  virtual void Record(const Caller& caller, std::string_view method, const Change& change,
                      const absl::Status& outcome) = 0;
};

}  // namespace resource_broker::broker
