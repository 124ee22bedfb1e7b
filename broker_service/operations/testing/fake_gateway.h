// Modules that do what the test says.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "broker_service/operations/module_gateway.h"

namespace resource_broker::broker::testing {

// Records every call; a run ends when the test ends it. For one thread.
class FakeGateway : public ModuleGateway {
 public:
  struct Run {
    Execution execution;
    std::shared_ptr<ExecutionListener> listener;
    uint64_t step = 0;
  };
  struct Termination {
    std::string resource;
    std::function<void(absl::Status)> done;
  };

  void OpenResource(const ResourceSpec& spec) override { opened.push_back(spec.resource); }
  void CloseResource(const std::string& module, const std::string& resource) override { closed.push_back(resource); }
  void Execute(Execution execution, std::shared_ptr<ExecutionListener> listener) override {
    runs.push_back({std::move(execution), std::move(listener), 0});
  }
  void Cancel(const std::string& module, const std::string& operation_id, uint32_t flags) override {
    cancelled.emplace_back(operation_id, flags);
  }
  void Terminate(const std::string& module, const std::string& resource, const std::string& reason,
                 absl::Duration limit, std::function<void(absl::Status)> done) override {
    terminations.push_back({resource, std::move(done)});
  }
  void CheckHealth(const std::string& module, const std::string& resource, bool thorough,
                   std::function<void(absl::StatusOr<v1::ModuleCheckHealthResponse>)> done) override {
    done(absl::UnimplementedError("not faked"));
  }
  void Control(const std::string& module, v1::ModuleControlRequest request,
               std::function<void(absl::StatusOr<v1::ControlResponse>)> done) override {
    done(absl::UnimplementedError("not faked"));
  }
  bool IsIdempotent(const std::string& module) override { return idempotent; }

  // --- What the module of run `i` answers
  void Progress(size_t i, uint32_t checkpoint, const std::string& message = "") {
    v1::ExecuteEvent::Progress progress;
    progress.set_checkpoint(checkpoint);
    progress.set_message(message);
    runs.at(i).listener->OnProgress(++runs.at(i).step, progress);
  }
  void End(size_t i, v1::Outcome outcome, uint32_t win32_code = 0, uint32_t module_code = 0, uint32_t status_flags = 0,
           uint32_t retry_after_ms = 0) {
    ExecutionEnd end;
    end.kind = ExecutionEnd::Kind::kResult;
    end.result.set_outcome(outcome);
    end.result.set_win32_code(win32_code);
    end.result.set_module_code(module_code);
    end.result.set_status_flags(status_flags);
    end.result.set_retry_after_ms(retry_after_ms);
    end.module = "fake 1.0.0";
    runs.at(i).listener->OnEnd(std::move(end));
  }
  void Lose(size_t i, uint32_t win32_code) {
    ExecutionEnd end;
    end.kind = ExecutionEnd::Kind::kLost;
    end.win32_code = win32_code;
    end.message = "the module ended";
    end.module = "fake 1.0.0";
    end.idempotent = idempotent;
    runs.at(i).listener->OnEnd(std::move(end));
  }
  void NotRun(size_t i, uint32_t win32_code, const std::string& message) {
    ExecutionEnd end;
    end.win32_code = win32_code;
    end.message = message;
    runs.at(i).listener->OnEnd(std::move(end));
  }

  bool idempotent = false;
  std::vector<std::string> opened;
  std::vector<std::string> closed;
  std::vector<Run> runs;
  std::vector<std::pair<std::string, uint32_t>> cancelled;
  std::vector<Termination> terminations;
};

}  // namespace resource_broker::broker::testing
