#include "broker_service/api/package_service.h"

#include <filesystem>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "broker_service/api/grpc_status.h"
#include "broker_service/log.h"
#include "broker_service/packages/upload.h"
#include "broker_service/text.h"
#include "ipc/peer.h"

namespace resource_broker::broker {
namespace {

constexpr int kMaxCalls = 2;

// Ends a call that takes too long. The timer's thread may be at it while the call ends by itself.
class CallLimit {
 public:
  explicit CallLimit(grpc::ServerContext* context) : context_(context) {}

  void Expire() {
    absl::MutexLock lock(&mu_);
    expired_ = true;
    if (context_ != nullptr) context_->TryCancel();
  }
  // Whether it was in time. Nothing is touched any more.
  bool Lift() {
    absl::MutexLock lock(&mu_);
    context_ = nullptr;
    return !expired_;
  }

 private:
  absl::Mutex mu_;
  grpc::ServerContext* context_ ABSL_GUARDED_BY(mu_);
  bool expired_ ABSL_GUARDED_BY(mu_) = false;
};

std::string CallerName(const grpc::ServerContext& context) {
  const auto caller = ipc::CallerOf(context);
  return caller.has_value() ? caller->ToString() : std::string("an unknown caller");
}

grpc::Status Answer(const absl::Status& status) {
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
  const absl::Status status = Stage(context, reader, response);
  if (!status.ok()) {
    LogWarning("a package of ", CallerName(*context), " is not staged: ", status.message());
    return Answer(status);
  }
  LogInfo("module ", response->name(), " ", response->version(),
          response->already_staged() ? ": was staged already, asked for by " : ": staged by ", CallerName(*context),
          response->trusted() ? ", signed by a trusted key" : ", not signed");
  return grpc::Status::OK;
}

absl::Status PackageService::Stage(grpc::ServerContext* context, grpc::ServerReader<v1::StageModuleRequest>* reader,
                                   v1::StageModuleResponse* response) {
  const Turn turn(this);
  if (!turn.taken()) {
    return absl::ResourceExhaustedError("two packages are being staged already; try again when one of them is done");
  }
  const auto limit = std::make_shared<CallLimit>(context);
  const Timers::Id timer = parts_.timers->After(parts_.upload, [limit] { limit->Expire(); });
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
  parts_.timers->Cancel(timer);
  if (!limit->Lift()) return absl::DeadlineExceededError("the upload took longer than timeouts.packageUploadMs");
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
  const Turn turn(this);
  if (!turn.taken()) {
    return Answer(absl::ResourceExhaustedError("two packages are being staged; try again when one of them is done"));
  }
  const absl::Status status = parts_.staging->Remove(request->name(), request->version());
  if (!status.ok()) return Answer(status);
  LogInfo("module ", request->name(), " ", request->version(), ": removed by ", CallerName(*context));
  return grpc::Status::OK;
}

}  // namespace resource_broker::broker
