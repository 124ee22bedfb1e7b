#include "clients/rhs_host/script_runner.h"

#include <chrono>
#include <thread>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "clients/names/names.h"
#include "clients/rhs_host/trace/property_record.h"

namespace resource_broker::rhs_host {

ScriptRunner::ScriptRunner(Host* host, ClusterRegistry* registry, Timeline* timeline)
    : host_(host), registry_(registry), timeline_(timeline) {}

absl::Status ScriptRunner::Run(const std::vector<Step>& steps) {
  absl::Status status = RunUnjoined(steps);
  return status.ok() ? Join() : status;
}

absl::Status ScriptRunner::RunUnjoined(const std::vector<Step>& steps) {
  for (const Step& step : steps) {
    absl::Status status = RunStep(step);
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status ScriptRunner::RunStep(const Step& step) {
  std::optional<absl::StatusOr<HostCallPtr>> call = StartCall(step);
  if (!call) return RunOther(step);
  if (!call->ok()) {
    const absl::Status& status = call->status();
    // Not started: nothing that follows could succeed.
    if (status.code() == absl::StatusCode::kFailedPrecondition) {
      return absl::FailedPreconditionError(absl::StrCat("line ", step.line, ": ", status.message()));
    }
    Check(step, false, std::string(status.message()));
    return absl::OkStatus();
  }
  if (step.background) {
    background_.push_back({**call, &step});
    return absl::OkStatus();
  }
  return Finish(***call, step);
}

std::optional<absl::StatusOr<HostCallPtr>> ScriptRunner::StartCall(const Step& step) {
  const std::string& resource = step.resource;
  if (const auto* open = std::get_if<OpenStep>(&step.action)) return host_->Open(resource, open->arguments);
  if (const auto* online = std::get_if<OnlineStep>(&step.action)) {
    return host_->Online(resource, online->resid, online->arguments);
  }
  if (const auto* offline = std::get_if<OfflineStep>(&step.action)) {
    return host_->Offline(resource, offline->resid, offline->arguments);
  }
  if (const auto* looks = std::get_if<LooksAliveStep>(&step.action)) return host_->LooksAlive(resource, looks->resid);
  if (const auto* alive = std::get_if<IsAliveStep>(&step.action)) return host_->IsAlive(resource, alive->resid);
  if (const auto* control = std::get_if<ControlStep>(&step.action)) {
    return host_->Control(resource, control->resid, control->arguments);
  }
  if (const auto* control = std::get_if<TypeControlStep>(&step.action)) {
    return host_->TypeControl(control->type, control->arguments);
  }
  if (const auto* terminate = std::get_if<TerminateStep>(&step.action)) {
    return host_->Terminate(resource, terminate->resid);
  }
  if (const auto* cancel = std::get_if<CancelStep>(&step.action)) {
    return host_->Cancel(resource, cancel->resid, cancel->flags);
  }
  if (const auto* close = std::get_if<CloseStep>(&step.action)) return host_->Close(resource, close->resid);
  return std::nullopt;
}

absl::Status ScriptRunner::RunOther(const Step& step) {
  if (const auto* startup = std::get_if<StartupStep>(&step.action)) return Startup(step, *startup);
  if (const auto* wait = std::get_if<WaitStep>(&step.action)) {
    Wait(step, wait->conditions, wait->timeout);
  } else if (const auto* expect = std::get_if<ExpectStep>(&step.action)) {
    Wait(step, expect->conditions, absl::ZeroDuration());
  } else if (const auto* property = std::get_if<PropertyStep>(&step.action)) {
    timeline_->Add(PropertyRecord(step.resource, property->property));
    registry_->SetProperty(step.resource, property->property);
  } else if (const auto* sleep = std::get_if<SleepStep>(&step.action)) {
    std::this_thread::sleep_for(absl::ToChronoNanoseconds(sleep->duration));
  } else if (const auto* print = std::get_if<PrintStep>(&step.action)) {
    timeline_->Add({RecordKind::kPrint, "", print->text, {{"text", print->text}}});
  } else if (std::holds_alternative<JoinStep>(step.action)) {
    return Join();
  }
  return absl::OkStatus();
}

absl::Status ScriptRunner::Startup(const Step& step, const StartupStep& startup) {
  const ResourceDll::Started started = host_->Start(startup.type, startup.min_version, startup.max_version);
  if (step.expect) {
    CheckCode(step, "StartupEx", started.code, /*health=*/false);
    return absl::OkStatus();
  }
  if (started.functions != nullptr) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat("line ", step.line, ": the start routine for type \"", startup.type,
                   "\" failed: ", started.problem.empty() ? names::FormatWin32(started.code) : started.problem));
}

absl::Status ScriptRunner::Finish(const HostCall& call, const Step& step) {
  if (!host_->Await(call)) {
    return absl::DeadlineExceededError(absl::StrCat("line ", step.line, ": the call has not returned"));
  }
  if (step.expect) {
    const bool health =
        std::holds_alternative<LooksAliveStep>(step.action) || std::holds_alternative<IsAliveStep>(step.action);
    CheckCode(step, call.result.entry_point, call.result.code, health);
  }
  return absl::OkStatus();
}

void ScriptRunner::CheckCode(const Step& step, const std::string& entry_point, uint32_t code, bool health) {
  const auto shown = [health](uint32_t value) {
    return health && value <= 1 ? std::string(value == 1 ? "TRUE" : "FALSE") : names::FormatWin32(value);
  };
  const bool held = code == *step.expect;
  Check(
      step, held,
      absl::StrCat(entry_point, " returned ", shown(code), held ? "" : ", expected ", held ? "" : shown(*step.expect)));
}

absl::Status ScriptRunner::Join() {
  for (const Background& background : std::exchange(background_, {})) {
    absl::Status status = Finish(*background.call, *background.step);
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

void ScriptRunner::Wait(const Step& step, const std::vector<Condition>& conditions, absl::Duration timeout) {
  ResourceView view;
  const auto all_hold = [&](const ResourceView& seen) {
    for (const Condition& condition : conditions) {
      if (!condition.holds(seen)) return false;
    }
    return true;
  };
  const absl::Duration start = timeline_->Elapsed();
  const bool held = host_->WaitUntil(step.resource, all_hold, timeout, &view);
  std::string text = absl::StrJoin(conditions, " ", [](std::string* out, const Condition& c) { *out += c.text; });
  if (timeout > absl::ZeroDuration()) {
    absl::StrAppend(
        &text, held ? " after " : " not within ",
        absl::FormatDuration(held ? absl::Trunc(timeline_->Elapsed() - start, absl::Microseconds(1)) : timeout));
  }
  for (const Condition& condition : conditions) {
    if (!condition.holds(view))
      absl::StrAppend(&text, ", but it is ", condition.actual(view), " (", condition.text, ")");
  }
  Check(step, held, text);
}

void ScriptRunner::Check(const Step& step, bool held, const std::string& text) {
  if (!held) ++failures_;
  Record record{RecordKind::kCheck, step.resource, absl::StrCat(held ? "ok   " : "FAILED ", text), {}, held};
  if (!held) absl::StrAppend(&record.text, " [line ", step.line, "]");
  record.fields.push_back({"line", int64_t{step.line}});
  timeline_->Add(record);
}

}  // namespace resource_broker::rhs_host
