#include "broker_service/access/gate.h"

#include <grpcpp/server_context.h>

#include <optional>

#include "absl/strings/str_cat.h"
#include "broker_service/access/local_caller.h"
#include "broker_service/access/method_roles.h"
#include "broker_service/text.h"
#include "ipc/inner_connection.h"

namespace resource_broker::broker {
namespace {

v1::AuditRecord RecordOf(const Caller& caller, std::string_view method) {
  v1::AuditRecord record;
  record.set_identity(CutText(caller.identity, kMaxMessageBytes));
  record.set_from(caller.from);
  record.set_role(std::string(RoleName(caller.role)));
  record.set_method(std::string(method));
  return record;
}

void SetOutcome(const absl::Status& outcome, v1::AuditRecord* record) {
  record->set_code(static_cast<uint32_t>(outcome.code()));
  record->set_message(CutText(std::string(outcome.message()), kMaxMessageBytes));
}

absl::Status Missing(const Caller& caller, const MethodRole& method) {
  if (method.local_only) {
    return absl::PermissionDeniedError(
        absl::StrCat(method.method, " is for administrators on the node itself, and ", caller.identity, " is remote"));
  }
  const std::string has = caller.role == Role::kNone ? "no role" : absl::StrCat("the role ", RoleName(caller.role));
  return absl::PermissionDeniedError(
      absl::StrCat(method.method, " needs the role ", RoleName(method.role), ", and ", caller.identity, " has ", has));
}

}  // namespace

absl::StatusOr<Caller> Gate::CallerOf(const grpc::ServerContextBase& context) const {
  const std::string peer = context.peer();
  if (!ipc::IsInnerLabel(peer)) return LocalCaller(context);
  const std::optional<RemoteCaller> remote = parts_.callers->Find(peer);
  if (!remote.has_value()) return absl::UnauthenticatedError("the connection has ended");
  const Role role = remote->plaintext ? Role::kAdmin : parts_.rules->RoleOf(remote->names);
  return Caller{remote->identity, remote->from, role};
}

absl::StatusOr<Caller> Gate::Admit(const grpc::ServerContextBase& context, std::string_view method) {
  absl::StatusOr<Caller> caller = CallerOf(context);
  if (!caller.ok()) return caller;
  const bool remote = ipc::IsInnerLabel(context.peer());
  const MethodRole* const needed = FindMethodRole(method);
  if (needed == nullptr) {
    return Refuse(*caller, method,
                  absl::PermissionDeniedError(absl::StrCat(std::string(method), " is not for anybody")));
  }
  if (caller->role < needed->role || (remote && needed->local_only)) {
    return Refuse(*caller, method, Missing(*caller, *needed));
  }
  if (remote && !parts_.rates->Take(caller->identity)) {
    return Refuse(
        *caller, method,
        absl::ResourceExhaustedError(absl::StrCat("limits.maxCallsPerSecond: ", caller->identity, " calls too often")));
  }
  if (!needed->changes) return caller;
  const absl::StatusOr<uint64_t> attempt = parts_.audit->Begin(RecordOf(*caller, method));
  if (!attempt.ok()) return Refuse(*caller, method, attempt.status());
  caller->attempt = *attempt;
  return caller;
}

absl::Status Gate::Refuse(const Caller& caller, std::string_view method, absl::Status why) {
  v1::AuditRecord record = RecordOf(caller, method);
  SetOutcome(why, &record);
  parts_.audit->AddRefused(std::move(record));
  return why;
}

void Gate::Record(const Caller& caller, std::string_view method, const Change& change, const absl::Status& outcome) {
  v1::AuditRecord record = RecordOf(caller, method);
  record.set_subject(CutText(change.subject, kMaxMessageBytes));
  record.set_before(CutText(change.before, kMaxMessageBytes));
  record.set_after(CutText(change.after, kMaxMessageBytes));
  SetOutcome(outcome, &record);
  parts_.audit->Add(std::move(record), caller.attempt);
}

}  // namespace resource_broker::broker
