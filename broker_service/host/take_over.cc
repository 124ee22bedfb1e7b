#include "broker_service/host/take_over.h"

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>

#include <algorithm>
#include <memory>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "broker_service/deadline.h"
#include "broker_service/host/platform.h"
#include "broker_service/journal/journal_file.h"
#include "broker_service/log.h"
#include "broker_service/remote/tls_context.h"
#include "broker_service/remote/tls_files.h"
#include "ipc/channel.h"
#include "resource_broker/v1/admin.grpc.pb.h"
#include "resource_broker/v1/takeover.grpc.pb.h"

namespace resource_broker::broker {
namespace {

constexpr absl::Duration kStatusLimit = absl::Seconds(5);
// What the journal's lock is waited for at least, however long the broker before took to answer.
constexpr absl::Duration kLeastLockWait = absl::Seconds(1);

absl::Status FromGrpc(const grpc::Status& status) {
  return absl::Status(static_cast<absl::StatusCode>(status.error_code()), status.error_message());
}

absl::StatusOr<RunningBroker> Ask(const std::shared_ptr<grpc::Channel>& channel) {
  v1::GetStatusRequest request;
  request.mutable_offer()->set_min_version(1);
  request.mutable_offer()->set_max_version(1);
  request.mutable_offer()->set_component("resource_broker");
  request.mutable_offer()->set_component_version(RESOURCE_BROKER_VERSION);
  v1::GetStatusResponse response;
  grpc::ClientContext context;
  context.set_deadline(absl::ToChronoTime(absl::Now() + kStatusLimit));
  const grpc::Status status = v1::Admin::NewStub(channel)->GetStatus(&context, request, &response);
  if (!status.ok()) return FromGrpc(status);
  return RunningBroker{response.process_id(), response.choice().component_version()};
}

}  // namespace

std::filesystem::path JournalFile(const v1::BrokerConfig& config) {
  return std::filesystem::u8path(config.data_directory()) / "journal.db";
}

absl::Status CheckBeforeTakeOver(const v1::BrokerConfig& config) {
  std::error_code error;
  const std::filesystem::path modules = std::filesystem::u8path(config.modules_directory());
  if (std::filesystem::exists(modules, error) && !std::filesystem::is_directory(modules, error)) {
    return absl::FailedPreconditionError(absl::StrCat("modulesDirectory: ", modules.u8string(), " is no folder"));
  }
  if (config.has_remote() && !config.remote().plaintext_on_loopback()) {
    const absl::StatusOr<TlsFiles> files = ReadTlsFiles(config.remote());
    if (!files.ok()) return files.status();
    const absl::Status tls = MakeTlsContext(*files, config.remote().allow_tls_1_2()).status();
    if (!tls.ok()) return tls;
  }
  absl::Status journal = CheckJournalFile(JournalFile(config));
  if (!absl::IsDataLoss(journal)) return journal;
  // The broker that runs can still write its history; the new one would move it aside.
  return absl::FailedPreconditionError(
      absl::StrCat(journal.message(), ": stop the running broker, and start the new one without --take-over"));
}

absl::StatusOr<std::optional<Predecessor>> EndPredecessor(const v1::BrokerConfig& config) {
  absl::StatusOr<std::shared_ptr<grpc::Channel>> channel = ipc::Connect(config.admin_address(), {});
  if (!channel.ok()) return channel.status();
  const Deadline deadline(absl::Milliseconds(config.timeouts().take_over_ms()));
  // Connected before anything is asked: an answer that does not come is then a broker that died of it.
  const absl::StatusOr<RunningBroker> running = Ask(*channel);
  if (absl::IsUnavailable(running.status())) return std::nullopt;
  if (!running.ok()) return running.status();
  v1::EndForUpgradeRequest request;
  request.set_process_id(ProcessId());
  request.set_version(RESOURCE_BROKER_VERSION);
  v1::EndForUpgradeResponse response;
  grpc::ClientContext context;
  context.set_deadline(absl::ToChronoTime(absl::Now() + deadline.left()));
  const absl::Time asked = absl::Now();
  const grpc::Status status = v1::Takeover::NewStub(*channel)->EndForUpgrade(&context, request, &response);
  Predecessor predecessor{"a broker that did not say that it has ended", asked, {}};
  if (status.ok()) {
    predecessor.name = absl::StrCat("process ", response.process_id(), ", resource_broker ", response.version());
    predecessor.unserved_since = absl::Now() - absl::Microseconds(response.unserved_us());
  } else if (status.error_code() == grpc::StatusCode::UNIMPLEMENTED) {
    return absl::FailedPreconditionError(
        "the running broker is too old to be taken over from: stop it, and start the new one");
  } else if (status.error_code() != grpc::StatusCode::UNAVAILABLE) {
    return FromGrpc(status);
  } else {
    LogWarning("the broker that was asked to end gives no answer: ", status.error_message());
  }
  predecessor.lock_wait = std::max(deadline.left(), kLeastLockWait);
  return predecessor;
}

absl::StatusOr<RunningBroker> FindRunning(const v1::BrokerConfig& config) {
  absl::StatusOr<std::shared_ptr<grpc::Channel>> channel = ipc::Connect(config.admin_address(), {});
  if (!channel.ok()) return channel.status();
  return Ask(*channel);
}

}  // namespace resource_broker::broker
