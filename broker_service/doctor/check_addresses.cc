#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>

#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "broker_service/doctor/checks.h"
#include "ipc/channel.h"
#include "resource_broker/v1/admin.grpc.pb.h"

namespace resource_broker::broker {
namespace {

constexpr absl::Duration kAnswerLimit = absl::Seconds(5);

constexpr char kStart[] = "start it: resource_broker start (Windows), systemctl start resource-broker";

// OK if a gRPC server under an account that may be the broker's answers. It need not know what it is asked, and the
// bridge's does not: a session there would be one more that the broker keeps.
absl::Status Answers(const std::string& address) {
  const absl::StatusOr<std::shared_ptr<grpc::Channel>> channel = ipc::Connect(address, {});
  if (!channel.ok()) return channel.status();
  grpc::ClientContext context;
  context.set_deadline(absl::ToChronoTime(absl::Now() + kAnswerLimit));
  v1::GetStatusResponse response;
  const grpc::Status status = v1::Admin::NewStub(*channel)->GetStatus(&context, {}, &response);
  const bool lost = status.error_code() == grpc::StatusCode::UNAVAILABLE ||
                    status.error_code() == grpc::StatusCode::DEADLINE_EXCEEDED;
  return lost ? absl::UnavailableError(status.error_message()) : absl::OkStatus();
}

void CheckBridge(const std::string& address, Findings* findings) {
  constexpr char kCheck[] = "bridge.address";
  if (const absl::Status rights = CheckAddressRights(address); !rights.ok()) {
    findings->Error(kCheck, absl::StrCat(address, ": ", rights.message()),
                    absl::IsNotFound(rights) ? "restart the broker, which listens there again, or correct bridgeAddress"
                                             : "take the right from them: who has it can pass for the broker");
  } else if (const absl::Status answer = Answers(address); !answer.ok()) {
    findings->Error(kCheck, absl::StrCat(address, " is not answered: ", answer.message()),
                    "restart the broker; resources of this node can't go online or offline meanwhile");
  } else {
    findings->Ok(kCheck, absl::StrCat(address, " is answered"));
  }
}

}  // namespace

std::optional<RunningBroker> CheckAddresses(const Installation& installation, Findings* findings) {
  constexpr char kCheck[] = "admin.address";
  const std::string& address = installation.config.admin_address();
  if (const absl::Status rights = CheckAddressRights(address); !rights.ok() && !absl::IsNotFound(rights)) {
    findings->Error(kCheck, absl::StrCat(address, ": ", rights.message()),
                    "take the right from them: who has it can pass for the broker");
    return std::nullopt;
  }
  const absl::StatusOr<RunningBroker> running = FindRunning(installation.config);
  if (absl::IsUnavailable(running.status()) || absl::IsNotFound(running.status())) {
    findings->Error(kCheck, absl::StrCat("no broker runs: ", address, " is not answered"), kStart);
    return std::nullopt;
  }
  if (!running.ok()) {
    findings->Error(kCheck, absl::StrCat(address, ": ", running.status().message()),
                    absl::IsDeadlineExceeded(running.status())
                        ? "the broker hangs: save its log, then restart it"
                        : "run this as administrator (root), and see who serves there");
    return std::nullopt;
  }
  findings->Ok(kCheck, absl::StrCat("process ", running->process_id, " answers at ", address));
  CheckBridge(installation.config.bridge_address(), findings);
  return *running;
}

}  // namespace resource_broker::broker
