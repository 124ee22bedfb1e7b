#include "clients/brokerctl/testing/fake_services.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "broker_service/sha256.h"
#include "grpcpp/grpcpp.h"
#include "resource_broker/v1/activation.grpc.pb.h"
#include "resource_broker/v1/audit.grpc.pb.h"
#include "resource_broker/v1/configuration.grpc.pb.h"
#include "resource_broker/v1/diagnostics.grpc.pb.h"
#include "resource_broker/v1/modules.grpc.pb.h"
#include "resource_broker/v1/packages.grpc.pb.h"
#include "resource_broker/v1/queue.grpc.pb.h"

namespace resource_broker::brokerctl {
namespace {

constexpr size_t kChunkBytes = 1000;

grpc::ServerUnaryReactor* Reply(grpc::CallbackServerContext* context, const grpc::Status& status = grpc::Status::OK) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  reactor->Finish(status);
  return reactor;
}

// Sends what it is given, in order; deletes itself.
template <typename Message>
class Sender : public grpc::ServerWriteReactor<Message> {
 public:
  explicit Sender(std::vector<Message> messages) : messages_(std::move(messages)) { Next(); }
  void OnWriteDone(bool ok) override { ok ? Next() : this->Finish(grpc::Status::CANCELLED); }
  void OnDone() override { delete this; }

 private:
  void Next() {
    if (next_ == messages_.size()) return this->Finish(grpc::Status::OK);
    this->StartWrite(&messages_[next_++]);
  }
  const std::vector<Message> messages_;
  size_t next_ = 0;
};

class Queue : public v1::Queue::CallbackService {
 public:
  explicit Queue(FakeAnswers* answers) : answers_(answers) {}
  grpc::ServerUnaryReactor* GetQueue(grpc::CallbackServerContext* context, const v1::GetQueueRequest*,
                                     v1::QueueStatus* response) override {
    *response = answers_->queue;
    return Reply(context);
  }
  grpc::ServerUnaryReactor* PauseQueue(grpc::CallbackServerContext* context, const v1::PauseQueueRequest* request,
                                       v1::QueueStatus* response) override {
    if (!answers_->refusal.empty()) return Reply(context, {grpc::StatusCode::PERMISSION_DENIED, answers_->refusal});
    answers_->queue.set_paused(true);
    answers_->queue.set_pause_reason(request->reason());
    return GetQueue(context, nullptr, response);
  }
  grpc::ServerUnaryReactor* ResumeQueue(grpc::CallbackServerContext* context, const v1::ResumeQueueRequest*,
                                        v1::QueueStatus* response) override {
    answers_->queue.set_paused(false);
    answers_->queue.clear_pause_reason();
    return GetQueue(context, nullptr, response);
  }
  grpc::ServerUnaryReactor* SetQueueLimits(grpc::CallbackServerContext* context,
                                           const v1::SetQueueLimitsRequest* request,
                                           v1::QueueStatus* response) override {
    answers_->queue.set_limits_overridden(request->has_limits());
    if (request->has_limits()) *answers_->queue.mutable_limits() = request->limits();
    return GetQueue(context, nullptr, response);
  }

 private:
  FakeAnswers* const answers_;
};

class Activation : public v1::Activation::CallbackService {
 public:
  explicit Activation(FakeAnswers* answers) : answers_(answers) {}
  grpc::ServerUnaryReactor* ActivateModule(grpc::CallbackServerContext* context, const v1::ActivateModuleRequest*,
                                           v1::ActivateModuleResponse* response) override {
    *response = answers_->activated;
    return Reply(context);
  }
  grpc::ServerUnaryReactor* RollbackModule(grpc::CallbackServerContext* context,
                                           const v1::RollbackModuleRequest* request,
                                           v1::RollbackModuleResponse* response) override {
    for (const v1::ModuleVersions& module : answers_->versions.modules()) {
      if (module.name() != request->module()) continue;
      response->set_version(module.previous(0));
      response->set_previous(module.active());
      return Reply(context);
    }
    return Reply(context, {grpc::StatusCode::NOT_FOUND, "module: it is not installed"});
  }
  grpc::ServerUnaryReactor* ListModuleVersions(grpc::CallbackServerContext* context,
                                               const v1::ListModuleVersionsRequest* request,
                                               v1::ListModuleVersionsResponse* response) override {
    for (const v1::ModuleVersions& module : answers_->versions.modules()) {
      if (request->module().empty() || request->module() == module.name()) *response->add_modules() = module;
    }
    return Reply(context);
  }

 private:
  FakeAnswers* const answers_;
};

class Configuration : public v1::Configuration::CallbackService {
 public:
  explicit Configuration(FakeAnswers* answers) : answers_(answers) {}
  grpc::ServerUnaryReactor* GetConfiguration(grpc::CallbackServerContext* context, const v1::GetConfigurationRequest*,
                                             v1::GetConfigurationResponse* response) override {
    *response = answers_->configuration;
    return Reply(context);
  }
  grpc::ServerUnaryReactor* ValidateConfiguration(grpc::CallbackServerContext* context,
                                                  const v1::ValidateConfigurationRequest* request,
                                                  v1::ConfigurationCheck* response) override {
    *response = answers_->check;
    if (request->json() == "{}") response->clear_error();
    return Reply(context);
  }
  grpc::ServerUnaryReactor* ReloadConfiguration(grpc::CallbackServerContext* context,
                                                const v1::ReloadConfigurationRequest*,
                                                v1::ConfigurationCheck* response) override {
    *response = answers_->check;
    return Reply(context);
  }

 private:
  FakeAnswers* const answers_;
};

class Audit : public v1::Audit::CallbackService {
 public:
  explicit Audit(FakeAnswers* answers) : answers_(answers) {}
  // A page a record.
  grpc::ServerUnaryReactor* ListAuditRecords(grpc::CallbackServerContext* context,
                                             const v1::ListAuditRecordsRequest* request,
                                             v1::ListAuditRecordsResponse* response) override {
    const auto next = static_cast<int>(request->page_token().size());
    if (next < answers_->audit.records_size()) *response->add_records() = answers_->audit.records(next);
    if (next + 1 < answers_->audit.records_size()) response->set_next_page_token(std::string(next + 1, '.'));
    return Reply(context);
  }

 private:
  FakeAnswers* const answers_;
};

class Diagnostics : public v1::Diagnostics::CallbackService {
 public:
  explicit Diagnostics(FakeAnswers* answers) : answers_(answers) {}
  grpc::ServerUnaryReactor* GetDiagnostics(grpc::CallbackServerContext* context, const v1::GetDiagnosticsRequest*,
                                           v1::DiagnosticsReport* response) override {
    *response = answers_->report;
    return Reply(context);
  }
  grpc::ServerWriteReactor<v1::JournalChunk>* BackUpJournal(grpc::CallbackServerContext*,
                                                            const v1::BackUpJournalRequest*) override {
    const std::string& journal = answers_->journal;
    std::vector<v1::JournalChunk> chunks;
    for (size_t i = 0; i < journal.size(); i += kChunkBytes) {
      chunks.emplace_back().set_data(journal.substr(i, kChunkBytes));
    }
    broker::Sha256 hash;
    hash.Add(answers_->journal_damaged ? absl::StrCat(journal, "!") : journal);
    chunks.front().set_size(journal.size());
    chunks.back().set_sha256(hash.Finish());
    return new Sender<v1::JournalChunk>(std::move(chunks));
  }

 private:
  FakeAnswers* const answers_;
};

class Modules : public v1::Modules::CallbackService {
 public:
  explicit Modules(FakeAnswers* answers) : answers_(answers) {}
  grpc::ServerUnaryReactor* DrainModule(grpc::CallbackServerContext* context, const v1::DrainModuleRequest*,
                                        v1::DrainModuleResponse* response) override {
    response->set_processes(1);
    response->set_duration_ms(1500);
    return Reply(context);
  }
  grpc::ServerWriteReactor<v1::LogLines>* ReadModuleLog(grpc::CallbackServerContext*,
                                                        const v1::ReadModuleLogRequest* request) override {
    v1::LogLines lines;
    const size_t tail = std::min<size_t>(request->tail(), answers_->log.size());
    for (size_t i = answers_->log.size() - tail; i < answers_->log.size(); ++i) lines.add_lines(answers_->log[i]);
    return new Sender<v1::LogLines>({lines});
  }

 private:
  FakeAnswers* const answers_;
};

// A service is a class of its own for each test's fake.
class Packages : public v1::Packages::CallbackService {
 public:
  using Begin = std::function<grpc::ServerReadReactor<v1::StageModuleRequest>*(v1::StageModuleResponse*)>;
  explicit Packages(Begin begin) : begin_(std::move(begin)) {}
  grpc::ServerReadReactor<v1::StageModuleRequest>* StageModule(grpc::CallbackServerContext*,
                                                               v1::StageModuleResponse* response) override {
    return begin_(response);
  }
  grpc::ServerUnaryReactor* RemoveModuleVersion(grpc::CallbackServerContext* context,
                                                const v1::RemoveModuleVersionRequest* request,
                                                v1::RemoveModuleVersionResponse*) override {
    if (request->version() == "1.0.0") return Reply(context);
    return Reply(context, {grpc::StatusCode::NOT_FOUND, "version: it is not installed"});
  }

 private:
  const Begin begin_;
};

}  // namespace

class FakeServices::Upload : public grpc::ServerReadReactor<v1::StageModuleRequest> {
 public:
  Upload(FakeServices* services, bool breaks, v1::StageModuleResponse* response)
      : services_(services), breaks_(breaks), response_(response) {
    StartRead(&request_);
  }
  void OnReadDone(bool ok) override {
    if (!ok) return End();
    if (request_.has_header()) size_ = request_.header().size();
    bytes_ += request_.chunk();
    if (breaks_ && bytes_.size() * 2 >= size_) return Finish({grpc::StatusCode::UNAVAILABLE, "the connection broke"});
    StartRead(&request_);
  }
  void OnDone() override { delete this; }

 private:
  void End() {
    if (bytes_.size() != size_) return Finish({grpc::StatusCode::INVALID_ARGUMENT, "chunk: too few bytes"});
    {
      absl::MutexLock lock(&services_->mutex_);
      services_->package_ = bytes_;
    }
    response_->set_name("sql_gateway");
    response_->set_version("2.4.0");
    Finish(grpc::Status::OK);
  }

  FakeServices* const services_;
  const bool breaks_;
  v1::StageModuleResponse* const response_;
  v1::StageModuleRequest request_;
  std::string bytes_;
  uint64_t size_ = 0;
};

struct FakeServices::Services {
  explicit Services(FakeServices* owner)
      : queue(&owner->answers_),
        activation(&owner->answers_),
        configuration(&owner->answers_),
        audit(&owner->answers_),
        diagnostics(&owner->answers_),
        modules(&owner->answers_),
        packages([owner](v1::StageModuleResponse* response) {
          absl::MutexLock lock(&owner->mutex_);
          return new Upload(owner, owner->uploads_++ < owner->answers_.broken_uploads, response);
        }) {}
  Queue queue;
  Activation activation;
  Configuration configuration;
  Audit audit;
  Diagnostics diagnostics;
  Modules modules;
  Packages packages;
};

FakeServices::FakeServices() : services_(std::make_unique<Services>(this)) {}
FakeServices::~FakeServices() = default;

void FakeServices::Register(grpc::ServerBuilder* builder) {
  builder->RegisterService(&services_->queue);
  builder->RegisterService(&services_->activation);
  builder->RegisterService(&services_->configuration);
  builder->RegisterService(&services_->audit);
  builder->RegisterService(&services_->diagnostics);
  builder->RegisterService(&services_->modules);
  builder->RegisterService(&services_->packages);
}

std::string FakeServices::package() const {
  absl::MutexLock lock(&mutex_);
  return package_;
}

int FakeServices::uploads() const {
  absl::MutexLock lock(&mutex_);
  return uploads_;
}

}  // namespace resource_broker::brokerctl
