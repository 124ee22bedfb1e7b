#include "broker_service/api/diagnostics_service.h"

#include <google/protobuf/stubs/common.h>
#include <grpcpp/grpcpp.h>
#include <openssl/crypto.h>
#include <sqlite3.h>

#include <system_error>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "broker_service/api/answer.h"
#include "broker_service/api/call_limit.h"
#include "broker_service/journal/journal_backup.h"
#include "broker_service/process_numbers.h"
#include "broker_service/sha256.h"

namespace resource_broker::broker {
namespace {

constexpr size_t kChunkBytes = 256 << 10;

constexpr char kBuild[] = RESOURCE_BROKER_BUILD ", gcc " __VERSION__;

uint64_t BytesOf(const std::filesystem::path& file) {
  std::error_code error;
  const std::uintmax_t bytes = std::filesystem::file_size(file, error);
  return error ? 0 : bytes;
}

}  // namespace

DiagnosticsService::DiagnosticsService(DiagnosticsServiceParts parts)
    : parts_(std::move(parts)), started_unix_us_(parts_.clock->WallMicros()) {}

grpc::Status DiagnosticsService::GetDiagnostics(grpc::ServerContext* context, const v1::GetDiagnosticsRequest* request,
                                                v1::DiagnosticsReport* response) {
  const absl::StatusOr<Caller> caller = parts_.door->Admit(*context, "Diagnostics.GetDiagnostics");
  if (!caller.ok()) return ToGrpc(caller.status());
  response->set_node(parts_.node);
  response->set_process_id(parts_.process_id);
  response->set_started_unix_us(started_unix_us_);
  const ProcessNumbers numbers = ReadProcessNumbers();
  response->set_threads(numbers.threads);
  response->set_handles(numbers.handles);
  response->set_memory_bytes(numbers.memory_bytes);
  const std::filesystem::path& journal = parts_.journal->file();
  response->set_journal_bytes(BytesOf(journal) + BytesOf(std::filesystem::path(journal).concat("-wal")));
  std::error_code error;
  const std::filesystem::space_info space = std::filesystem::space(journal.parent_path(), error);
  if (!error) response->set_disk_free_bytes(space.available);
  for (const SlowSteps::Hanging& step : parts_.slow_steps->Now()) {
    v1::DiagnosticsReport::SlowStep* shown = response->add_slow_steps();
    shown->set_name(step.name);
    shown->set_subject(ValidUtf8(step.about));
    shown->set_duration_ms(static_cast<uint64_t>(absl::ToInt64Milliseconds(step.duration)));
  }
  AddComponents(response);
  if (parts_.connections) {
    for (const auto& [who, count] : parts_.connections()) (*response->mutable_connections())[who] = count;
  }
  return grpc::Status::OK;
}

void DiagnosticsService::AddComponents(v1::DiagnosticsReport* report) {
  const auto add = [report](const std::string& name, const std::string& version, const std::string& detail) {
    v1::DiagnosticsReport::Component* component = report->add_components();
    component->set_name(name);
    component->set_version(version);
    component->set_detail(detail);
  };
  add("broker", RESOURCE_BROKER_VERSION, kBuild);
  add("gRPC", grpc::Version(), "");
  add("protobuf", google::protobuf::internal::VersionString(GOOGLE_PROTOBUF_VERSION), "");
  add("OpenSSL", OpenSSL_version(OPENSSL_VERSION_STRING), "");
  add("SQLite", sqlite3_libversion(), "");
  for (const v1::SessionStatus& session : parts_.sessions->Status()) {
    // "resource_bridge 1.0.0".
    const std::string& component = session.component();
    const size_t space = component.rfind(' ');
    add("bridge", space == std::string::npos ? component : component.substr(space + 1),
        absl::StrCat("process ", session.process_id()));
  }
  for (const v1::ModuleStatus& module : parts_.modules->Status()) {
    if (module.process_id() == 0) continue;
    add(absl::StrCat("module ", module.name()), module.version(), absl::StrCat("process ", module.process_id()));
  }
}

grpc::Status DiagnosticsService::BackUpJournal(grpc::ServerContext* context, const v1::BackUpJournalRequest* request,
                                               grpc::ServerWriter<v1::JournalChunk>* writer) {
  const absl::StatusOr<Caller> caller = parts_.door->Admit(*context, "Diagnostics.BackUpJournal");
  if (!caller.ok()) return ToGrpc(caller.status());
  uint64_t size = 0;
  const absl::Status status = BackUp(context, writer, &size);
  parts_.door->Record(*caller, "Diagnostics.BackUpJournal",
                      ChangeOf("journal", "", absl::StrCat("a copy of ", size, " bytes was read")), status);
  return ToGrpc(status);
}

absl::Status DiagnosticsService::BackUp(grpc::ServerContext* context, grpc::ServerWriter<v1::JournalChunk>* writer,
                                        uint64_t* size) {
  {
    absl::MutexLock lock(&mu_);
    if (backing_up_) return absl::ResourceExhaustedError("another backup is being taken; try again when it is done");
    backing_up_ = true;
  }
  const absl::Cleanup done = [this] {
    absl::MutexLock lock(&mu_);
    backing_up_ = false;
  };
  CallLimit limit(context, parts_.timers, parts_.backup);
  // Of what went wrong, which a call that was cut short looks like as well.
  const auto fault = [&limit](absl::Status status) {
    if (!limit.Lift()) return absl::DeadlineExceededError("the backup took longer than timeouts.journalBackupMs");
    return status;
  };
  absl::StatusOr<std::unique_ptr<JournalBackup>> backup =
      JournalBackup::Take(parts_.journal->file(), [context] { return !context->IsCancelled(); });
  if (!backup.ok()) return fault(backup.status());
  *size = (*backup)->size();
  Sha256 hash;
  v1::JournalChunk chunk;
  chunk.set_size(*size);
  for (uint64_t left = *size; left > 0;) {
    absl::StatusOr<std::string> bytes = (*backup)->Read(kChunkBytes);
    if (!bytes.ok()) return bytes.status();
    if (bytes->empty()) return absl::DataLossError("the copy of the journal is shorter than it was");
    hash.Add(*bytes);
    left -= bytes->size();
    chunk.set_data(*std::move(bytes));
    if (left == 0) chunk.set_sha256(hash.Finish());
    // Waits for the reader.
    if (!writer->Write(chunk)) return fault(absl::CancelledError("the reader is gone"));
    chunk.Clear();
  }
  return absl::OkStatus();
}

}  // namespace resource_broker::broker
