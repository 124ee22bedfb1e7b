#include "broker_service/api/modules_service.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "broker_service/api/answer.h"
#include "broker_service/api/validation.h"
#include "broker_service/modules/module_log_file.h"

namespace resource_broker::broker {
namespace {

constexpr uint32_t kDefaultDrainMs = 60000;
constexpr uint32_t kDefaultTail = 100;
// A line is at most some 8 KiB, a message at most this and one line.
constexpr size_t kMessageBytes = 64 << 10;

using LogStream = EventStream<v1::LogLines>;

// Answers a call when its drain has ended, and ends the drain when its caller is gone. Kept by gRPC until OnDone and by
// the drain until its end.
class DrainReactor : public grpc::ServerUnaryReactor {
 public:
  static grpc::ServerUnaryReactor* Begin(Door* door, const Caller& caller, const v1::DrainModuleRequest& request,
                                         const ModuleDrainParts& parts, Clock* clock, absl::Duration limit,
                                         v1::DrainModuleResponse* response) {
    const std::shared_ptr<DrainReactor> reactor(new DrainReactor(door, caller, request.module(), clock, response));
    reactor->self_ = reactor;
    const absl::StatusOr<std::shared_ptr<ModuleDrain>> drain =
        ModuleDrain::Begin(parts, request.module(), limit,
                           [reactor](const absl::StatusOr<uint32_t>& processes) { reactor->End(processes); });
    if (drain.ok()) {
      reactor->Keep(*drain);
    } else {
      reactor->End(drain.status());
    }
    return reactor.get();
  }

  void OnCancel() override {
    std::shared_ptr<ModuleDrain> drain;
    {
      absl::MutexLock lock(&mu_);
      cancelled_ = true;
      drain = drain_.lock();
    }
    if (drain != nullptr) drain->Cancel();
  }
  void OnDone() override { const std::shared_ptr<DrainReactor> self = std::move(self_); }

 private:
  DrainReactor(Door* door, Caller caller, std::string module, Clock* clock, v1::DrainModuleResponse* response)
      : door_(door),
        caller_(std::move(caller)),
        module_(std::move(module)),
        clock_(clock),
        begun_(clock->Monotonic()),
        response_(response) {}

  void Keep(const std::shared_ptr<ModuleDrain>& drain) {
    bool cancelled = false;
    {
      absl::MutexLock lock(&mu_);
      drain_ = drain;
      cancelled = cancelled_;
    }
    if (cancelled) drain->Cancel();
  }

  void End(const absl::StatusOr<uint32_t>& processes) {
    door_->Record(caller_, "Modules.DrainModule", ChangeOf(module_, "", "drained"), processes.status());
    if (processes.ok()) {
      response_->set_processes(*processes);
      response_->set_duration_ms(static_cast<uint64_t>(absl::ToInt64Milliseconds(clock_->Monotonic() - begun_)));
    }
    Finish(ToGrpc(processes.status()));
  }

  Door* const door_;
  const Caller caller_;
  const std::string module_;
  Clock* const clock_;
  const absl::Duration begun_;
  v1::DrainModuleResponse* const response_;
  std::shared_ptr<DrainReactor> self_;
  absl::Mutex mu_;
  bool cancelled_ ABSL_GUARDED_BY(mu_) = false;
  std::weak_ptr<ModuleDrain> drain_ ABSL_GUARDED_BY(mu_);
};

// Passes lines to one stream, which owns it.
class StreamLogReader : public ModuleLogReader {
 public:
  explicit StreamLogReader(std::weak_ptr<LogStream> stream) : stream_(std::move(stream)) {}

  void OnLines(std::vector<std::string> lines, bool tail) override {
    const auto stream = stream_.lock();
    if (stream == nullptr) return;
    v1::LogLines message;
    size_t bytes = 0;
    for (std::string& line : lines) {
      bytes += line.size();
      message.add_lines(std::move(line));
      if (bytes < kMessageBytes) continue;
      Send(*stream, std::exchange(message, {}), tail);
      bytes = 0;
    }
    if (message.lines_size() > 0) Send(*stream, std::move(message), tail);
  }

 private:
  static void Send(LogStream& stream, v1::LogLines message, bool tail) {
    if (tail) {
      stream.SendHistory(std::make_shared<const v1::LogLines>(std::move(message)));
    } else {
      stream.Send(std::move(message));
    }
  }

  const std::weak_ptr<LogStream> stream_;
};

}  // namespace

grpc::ServerUnaryReactor* ModulesService::DrainModule(grpc::CallbackServerContext* context,
                                                      const v1::DrainModuleRequest* request,
                                                      v1::DrainModuleResponse* response) {
  const absl::StatusOr<Caller> caller = parts_.door->Admit(*context, "Modules.DrainModule");
  if (!caller.ok()) return Answer(context, caller.status());
  if (absl::Status status = Check(*request); !status.ok()) {
    parts_.door->Record(*caller, "Modules.DrainModule", ChangeOf(request->module(), "", "drained"), status);
    return Answer(context, status);
  }
  const uint32_t limit = request->limit_ms() == 0 ? kDefaultDrainMs : request->limit_ms();
  return DrainReactor::Begin(parts_.door, *caller, *request, parts_.drain, parts_.clock, absl::Milliseconds(limit),
                             response);
}

grpc::ServerWriteReactor<v1::LogLines>* ModulesService::ReadModuleLog(grpc::CallbackServerContext* context,
                                                                      const v1::ReadModuleLogRequest* request) {
  const absl::StatusOr<Caller> caller = parts_.door->Admit(*context, "Modules.ReadModuleLog");
  // The stream holds its reader, by the function called at its end; the reader only looks at the stream.
  const auto holder = std::make_shared<std::shared_ptr<ModuleLogReader>>();
  const auto stream =
      LogStream::Make(context, parts_.stream, parts_.drain.timers, [holder](LogStream*) { holder->reset(); });
  absl::Status status = caller.ok() ? Check(*request) : caller.status();
  if (status.ok()) {
    const absl::StatusOr<std::shared_ptr<ModuleLogFile>> log = parts_.drain.modules->Log(request->module());
    status = log.status();
    if (log.ok()) {
      *holder = std::make_shared<StreamLogReader>(stream);
      (*log)->Read(request->tail() == 0 ? kDefaultTail : request->tail(), request->follow(), *holder);
    }
  }
  if (!status.ok()) {
    stream->End(ToGrpc(status));
  } else if (!request->follow()) {
    stream->EndAfterAll();
  }
  return stream.get();
}

}  // namespace resource_broker::broker
