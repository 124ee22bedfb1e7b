// Where every call of an administrator comes in: who it is, whether they may, and what is written down of it.
#pragma once

#include <cstdint>
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
  // What Record is to find again of this call: the change that was announced to the audit log, or 0.
  uint64_t attempt = 0;
};

// What a call was about, and how that was and is now (or was to be): for the audit log. Short, and without secrets.
struct Change {
  std::string subject;
  std::string before;
  std::string after;
};

// Thread-safe; no call blocks.
//
// A change is written down twice. Admit announces it to the audit log, whose own thread commits within milliseconds,
// while the change is made; Record adds the record with the outcome and takes the announcement back, in one
// transaction. What was announced and has no outcome when a broker begins (the one before died in between) becomes a
// record that says so. Neither waits for the disk, so of a change whose announcement was not on it yet when the machine
// lost power nothing is known but the broker's log. A disk that takes no records refuses every later change in Admit,
// until what waits for it is written.
class Door {
 public:
  virtual ~Door() = default;

  // The first thing a handler does. `method` is "Service.Method", as in "Queue.PauseQueue". PermissionDenied names the
  // missing role and the identity, ResourceExhausted the limit; both are in the audit log already. Unavailable: it is a
  // change, and the audit log can't be written. Unauthenticated: the connection has ended meanwhile.
  virtual absl::StatusOr<Caller> Admit(const grpc::ServerContextBase& context, std::string_view method) = 0;

  // For the methods that change something, once, when their outcome is known: done, or why not. Also for arguments that
  // were refused.
  virtual void Record(const Caller& caller, std::string_view method, const Change& change,
                      const absl::Status& outcome) = 0;
};

}  // namespace resource_broker::broker
