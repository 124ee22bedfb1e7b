#include "clients/brokerctl/admin_client.h"

#include <grpcpp/channel.h>

#include <algorithm>
#include <cctype>
#include <fstream>
#include <system_error>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "ipc/channel.h"

namespace resource_broker::brokerctl {
namespace {

constexpr size_t kIdBytes = 16;
// How much longer than other calls an activation may take.
constexpr std::chrono::seconds kActivation(120);
// Operations a page of the search for an id holds.
constexpr uint32_t kSearchPage = 1000;
// Bytes of a package a message carries.
constexpr size_t kChunkBytes = 256 << 10;

bool IsHex(const std::string& text) {
  return std::all_of(text.begin(), text.end(), [](unsigned char digit) { return std::isxdigit(digit) != 0; });
}

}  // namespace

AdminClient::AdminClient(std::string address, std::chrono::milliseconds timeout, std::unique_ptr<v1::Admin::Stub> stub,
                         std::unique_ptr<v1::Activation::Stub> activation, std::unique_ptr<v1::Faults::Stub> faults,
                         std::unique_ptr<v1::Packages::Stub> packages)
    : address_(std::move(address)),
      timeout_(timeout),
      stub_(std::move(stub)),
      activation_(std::move(activation)),
      faults_(std::move(faults)),
      packages_(std::move(packages)) {}

absl::StatusOr<AdminClient> AdminClient::Connect(const std::string& address, std::chrono::milliseconds timeout) {
  ipc::ChannelOptions options;
  options.connect_timeout = std::max(timeout, std::chrono::milliseconds(1000));
  absl::StatusOr<std::shared_ptr<grpc::Channel>> channel = ipc::Connect(address, options);
  if (!channel.ok()) return channel.status();
  return AdminClient(address, timeout, v1::Admin::NewStub(*channel), v1::Activation::NewStub(*channel),
                     v1::Faults::NewStub(*channel), v1::Packages::NewStub(*channel));
}

absl::StatusOr<v1::GetStatusResponse> AdminClient::Status() {
  grpc::ClientContext context;
  SetDeadline(&context);
  v1::GetStatusRequest request;
  request.mutable_offer()->set_min_version(1);
  request.mutable_offer()->set_max_version(1);
  request.mutable_offer()->set_component("brokerctl");
  request.mutable_offer()->set_component_version(RESOURCE_BROKER_VERSION);
  v1::GetStatusResponse response;
  if (const grpc::Status status = stub_->GetStatus(&context, request, &response); !status.ok()) return Explain(status);
  return response;
}

absl::StatusOr<v1::ListOperationsResponse> AdminClient::List(const v1::ListOperationsRequest& request) {
  grpc::ClientContext context;
  SetDeadline(&context);
  v1::ListOperationsResponse response;
  const grpc::Status status = stub_->ListOperations(&context, request, &response);
  if (!status.ok()) return Explain(status);
  return response;
}

absl::StatusOr<v1::OperationRecord> AdminClient::Get(const std::string& operation_id) {
  grpc::ClientContext context;
  SetDeadline(&context);
  v1::GetOperationRequest request;
  request.set_operation_id(operation_id);
  v1::OperationRecord record;
  if (const grpc::Status status = stub_->GetOperation(&context, request, &record); !status.ok()) return Explain(status);
  return record;
}

absl::Status AdminClient::SetResourceLock(const std::string& resource, bool locked, const std::string& reason) {
  grpc::ClientContext context;
  SetDeadline(&context);
  v1::SetResourceLockRequest request;
  request.set_resource(resource);
  request.set_locked(locked);
  request.set_reason(reason);
  v1::SetResourceLockResponse response;
  return Explain(stub_->SetResourceLock(&context, request, &response));
}

absl::StatusOr<v1::ActivateModuleResponse> AdminClient::ActivateModule(const v1::ActivateModuleRequest& request) {
  grpc::ClientContext context;
  // What is tried has limits of its own: the broker's timeouts.module….
  context.set_deadline(std::chrono::system_clock::now() + timeout_ + kActivation);
  v1::ActivateModuleResponse response;
  const grpc::Status status = activation_->ActivateModule(&context, request, &response);
  if (!status.ok()) return Explain(status);
  return response;
}

absl::StatusOr<v1::RollbackModuleResponse> AdminClient::RollbackModule(const std::string& module) {
  grpc::ClientContext context;
  SetDeadline(&context);
  v1::RollbackModuleRequest request;
  request.set_module(module);
  v1::RollbackModuleResponse response;
  const grpc::Status status = activation_->RollbackModule(&context, request, &response);
  if (!status.ok()) return Explain(status);
  return response;
}

absl::StatusOr<v1::ListModuleVersionsResponse> AdminClient::ModuleVersions(const std::string& module) {
  grpc::ClientContext context;
  SetDeadline(&context);
  v1::ListModuleVersionsRequest request;
  request.set_module(module);
  v1::ListModuleVersionsResponse response;
  const grpc::Status status = activation_->ListModuleVersions(&context, request, &response);
  if (!status.ok()) return Explain(status);
  return response;
}

absl::StatusOr<v1::ListFaultPointsResponse> AdminClient::FaultPoints() {
  grpc::ClientContext context;
  SetDeadline(&context);
  v1::ListFaultPointsResponse response;
  const grpc::Status status = faults_->ListFaultPoints(&context, {}, &response);
  if (!status.ok()) return Explain(status);
  return response;
}

absl::Status AdminClient::ArmFault(const v1::Fault& fault) {
  grpc::ClientContext context;
  SetDeadline(&context);
  v1::ArmFaultRequest request;
  *request.mutable_fault() = fault;
  v1::ArmFaultResponse response;
  return Explain(faults_->ArmFault(&context, request, &response));
}

absl::Status AdminClient::ClearFaults(const std::string& point) {
  grpc::ClientContext context;
  SetDeadline(&context);
  v1::ClearFaultsRequest request;
  request.set_point(point);
  v1::ClearFaultsResponse response;
  return Explain(faults_->ClearFaults(&context, request, &response));
}

absl::StatusOr<v1::StageModuleResponse> AdminClient::StageModule(const std::filesystem::path& zip,
                                                                 const std::string& sha256) {
  if (absl::StatusOr<v1::GetStatusResponse> there = Status(); !there.ok()) return there.status();
  std::error_code error;
  const std::uintmax_t size = std::filesystem::file_size(zip, error);
  std::ifstream file(zip, std::ios::binary);
  if (error || !file) return absl::FailedPreconditionError(absl::StrCat(zip.u8string(), ": can't be read"));
  grpc::ClientContext context;
  v1::StageModuleResponse response;
  const std::unique_ptr<grpc::ClientWriter<v1::StageModuleRequest>> writer =
      packages_->StageModule(&context, &response);
  v1::StageModuleRequest request;
  request.mutable_header()->set_size(size);
  request.mutable_header()->set_sha256(sha256);
  std::string chunk(kChunkBytes, '\0');
  // A broker that has had enough has said why, which Finish tells.
  while (writer->Write(request) && (file.read(chunk.data(), kChunkBytes) || file.gcount() > 0)) {
    request.set_chunk(chunk.data(), static_cast<size_t>(file.gcount()));
  }
  writer->WritesDone();
  if (const grpc::Status status = writer->Finish(); !status.ok()) return Explain(status);
  return response;
}

absl::Status AdminClient::RemoveModuleVersion(const std::string& name, const std::string& version) {
  grpc::ClientContext context;
  SetDeadline(&context);
  v1::RemoveModuleVersionRequest request;
  request.set_name(name);
  request.set_version(version);
  v1::RemoveModuleVersionResponse response;
  return Explain(packages_->RemoveModuleVersion(&context, request, &response));
}

absl::Status AdminClient::Watch(const v1::WatchOperationsRequest& request,
                                const std::function<bool(const v1::WatchedEvent&)>& event) {
  // A stream that lasts has no deadline of its own; whether a broker is there is asked first.
  if (absl::StatusOr<v1::GetStatusResponse> there = Status(); !there.ok()) return there.status();
  grpc::ClientContext context;
  std::unique_ptr<grpc::ClientReader<v1::WatchedEvent>> reader = stub_->WatchOperations(&context, request);
  v1::WatchedEvent watched;
  while (reader->Read(&watched)) {
    if (!event(watched)) {
      context.TryCancel();
      reader->Finish();
      return absl::OkStatus();
    }
  }
  return Explain(reader->Finish());
}

absl::Status AdminClient::WatchToEnd(const std::string& operation_id, bool from_start,
                                     const std::function<bool(const v1::WatchedEvent&)>& event) {
  const absl::StatusOr<v1::OperationRecord> record = Get(operation_id);
  if (!record.ok()) return record.status();
  const uint64_t known = record->events().empty() ? 0 : record->events().rbegin()->sequence();
  v1::WatchOperationsRequest request;
  request.set_operation_id(operation_id);
  // Always from the start: an end that came before the watch began would be waited for in vain.
  request.set_from_start(true);
  return Watch(request, [&](const v1::WatchedEvent& watched) {
    const bool final = watched.event().has_final();
    const bool wanted = from_start || final || watched.event().sequence() > known;
    return (!wanted || event(watched)) && !final;
  });
}

absl::StatusOr<std::string> AdminClient::FindId(const std::string& text) {
  if (text.empty() || text.size() > 2 * kIdBytes || !IsHex(text)) {
    return absl::InvalidArgumentError(
        absl::StrCat("\"", text, "\" is no operation's id: 32 hex digits, or the first of them"));
  }
  if (text.size() == 2 * kIdBytes) return absl::HexStringToBytes(text);
  std::string found;
  v1::ListOperationsRequest request;
  request.set_page_size(kSearchPage);
  do {
    absl::StatusOr<v1::ListOperationsResponse> page = List(request);
    if (!page.ok()) return page.status();
    for (const v1::OperationRecord& record : page->operations()) {
      const std::string& id = record.operation().id();
      if (!absl::StartsWithIgnoreCase(absl::BytesToHexString(id), text)) continue;
      if (!found.empty()) {
        return absl::FailedPreconditionError(absl::StrCat("more than one operation begins with ", text, ": ",
                                                          absl::BytesToHexString(found), " and ",
                                                          absl::BytesToHexString(id)));
      }
      found = id;
    }
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty());
  if (found.empty()) return absl::NotFoundError(absl::StrCat("no operation begins with ", text));
  return found;
}

absl::Status AdminClient::Explain(const grpc::Status& status) const {
  if (status.ok()) return absl::OkStatus();
  const std::string& message = status.error_message();
  if (status.error_code() == grpc::StatusCode::UNAVAILABLE) {
    return absl::UnavailableError(absl::StrCat("no broker answers at ", address_, " (", message,
                                               "). Is it running? Does broker.json give another adminAddress?"));
  }
  if (status.error_code() == grpc::StatusCode::DEADLINE_EXCEEDED) {
    return absl::DeadlineExceededError(
        absl::StrCat("the broker at ", address_, " did not answer within ", timeout_.count(), " ms"));
  }
  return absl::Status(static_cast<absl::StatusCode>(status.error_code()), message);
}

void AdminClient::SetDeadline(grpc::ClientContext* context) const {
  context->set_deadline(std::chrono::system_clock::now() + timeout_);
}

}  // namespace resource_broker::brokerctl
