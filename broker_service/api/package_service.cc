#include "broker_service/api/package_service.h"

#include <filesystem>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "broker_service/api/answer.h"
#include "broker_service/api/call_limit.h"
#include "broker_service/log.h"
#include "broker_service/packages/upload.h"
#include "broker_service/text.h"

namespace resource_broker::broker {
namespace {

constexpr int kMaxCalls = 2;

grpc::Status Shown(const absl::Status& status) {
  return ToGrpc(absl::Status(status.code(), CutText(std::string(status.message()), kMaxMessageBytes)));
}

}  // namespace

// A place among the calls under way, if there was one.
class PackageService::Turn {
 public:
  explicit Turn(PackageService* service) : service_(service) {
    absl::MutexLock lock(&service_->mu_);
    taken_ = service_->calls_ < kMaxCalls;
    if (taken_) ++service_->calls_;
  }
  ~Turn() {
    absl::MutexLock lock(&service_->mu_);
    if (taken_) --service_->calls_;
  }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;
  bool taken() const { return taken_; }

 private:
  PackageService* const service_;
  bool taken_;
};

grpc::Status PackageService::StageModule(grpc::ServerContext* context,
                                         grpc::ServerReader<v1::StageModuleRequest>* reader,
                                         v1::StageModuleResponse* response) {
  const absl::StatusOr<Caller> caller = parts_.door->Admit(*context, "Packages.StageModule");
  if (!caller.ok()) return Shown(caller.status());
  const absl::Status status = Stage(context, reader, response);
  const std::string staged =
      status.ok() ? absl::StrCat(response->version(), response->trusted() ? ", signed" : "") : "";
  parts_.door->Record(*caller, "Packages.StageModule",
                      ChangeOf(status.ok() ? response->name() : std::string("package"),
                               response->already_staged() ? staged : std::string(), staged),
                      status);
  if (!status.ok()) {
    LogWarning("a package of ", caller->identity, " is not staged: ", status.message());
    return Shown(status);
  }
  LogInfo(LogModule(absl::StrCat(response->name(), " ", response->version())),
          response->already_staged() ? ": was staged already, asked for by " : ": staged by ", caller->identity,
          response->trusted() ? ", signed by a trusted key" : ", not signed");
  return grpc::Status::OK;
}

absl::Status PackageService::Stage(grpc::ServerContext* context, grpc::ServerReader<v1::StageModuleRequest>* reader,
                                   v1::StageModuleResponse* response) {
  const Turn turn(this);
  if (!turn.taken()) {
    return absl::ResourceExhaustedError("two packages are being staged already; try again when one of them is done");
  }
  CallLimit limit(context, parts_.timers, parts_.upload);
  const absl::StatusOr<Upload> upload = [&]() -> absl::StatusOr<Upload> {
    v1::StageModuleRequest message;
    if (!reader->Read(&message)) return absl::InvalidArgumentError("header: is missing");
    const absl::StatusOr<std::filesystem::path> file = parts_.staging->NewFile();
    if (!file.ok()) return file.status();
    absl::StatusOr<Upload> begun = Upload::Begin(message, parts_.max_package_bytes, *file);
    if (!begun.ok()) return begun.status();
    while (reader->Read(&message)) {
      if (absl::Status status = begun->Add(message); !status.ok()) return status;
    }
    if (absl::Status status = begun->Finish(); !status.ok()) return status;
    return begun;
  }();
  if (!limit.Lift()) return absl::DeadlineExceededError("the upload took longer than timeouts.packageUploadMs");
  if (!upload.ok()) return upload.status();
  const absl::StatusOr<StagedModule> staged = parts_.staging->Stage(upload->file());
  if (!staged.ok()) return staged.status();
  response->set_name(staged->name);
  response->set_version(staged->version);
  response->set_already_staged(staged->already_staged);
  response->set_trusted(staged->trusted);
  return absl::OkStatus();
}

grpc::Status PackageService::RemoveModuleVersion(grpc::ServerContext* context,
                                                 const v1::RemoveModuleVersionRequest* request,
                                                 v1::RemoveModuleVersionResponse* response) {
  const absl::StatusOr<Caller> caller = parts_.door->Admit(*context, "Packages.RemoveModuleVersion");
  if (!caller.ok()) return Shown(caller.status());
  const absl::Status status = Remove(*request);
  parts_.door->Record(*caller, "Packages.RemoveModuleVersion", ChangeOf(request->name(), request->version(), ""),
                      status);
  if (!status.ok()) return Shown(status);
  LogInfo(LogModule(absl::StrCat(request->name(), " ", request->version())), ": removed by ", caller->identity);
  return grpc::Status::OK;
}

absl::Status PackageService::Remove(const v1::RemoveModuleVersionRequest& request) {
  const Turn turn(this);
  if (!turn.taken()) {
    return absl::ResourceExhaustedError("two packages are being staged; try again when one of them is done");
  }
  return parts_.staging->Remove(request.name(), request.version());
}

}  // namespace resource_broker::broker
