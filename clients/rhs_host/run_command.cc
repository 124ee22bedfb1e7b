#include "clients/rhs_host/run_command.h"

#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <iterator>
#include <utility>

#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/string_view.h"
#include "clients/console/console.h"
#include "clients/rhs_host/clusapi/property.h"
#include "clients/rhs_host/trace/property_record.h"
#include "ipc/end_process.h"

namespace resource_broker::rhs_host {
namespace {

int Fail(ExitCode code, absl::string_view message) {
  std::cerr << "rhs_host: " << message << std::endl;
  return code;
}

absl::StatusOr<std::string> ReadScript(const std::string& path) {
  if (path == "-") return std::string(std::istreambuf_iterator<char>(std::cin), {});
  std::ifstream file(std::filesystem::u8path(path), std::ios::binary);
  if (!file) return absl::InvalidArgumentError(absl::StrCat("the script ", path, " can't be read"));
  return std::string(std::istreambuf_iterator<char>(file), {});
}

absl::StatusOr<std::vector<Step>> LoadSteps(const RunOptions& options) {
  absl::StatusOr<std::string> text = ReadScript(options.script);
  if (!text.ok()) return text.status();
  absl::StatusOr<std::vector<Step>> steps = ParseScript(*text, options.type);
  if (steps.ok()) return steps;
  return absl::InvalidArgumentError(
      absl::StrCat(options.script == "-" ? "standard input" : options.script, ", ", steps.status().message()));
}

// The host cannot come to an end: threads of the DLL, or calls into it, go on.
[[noreturn]] void EndProcess(int code) {
  std::cout.flush();
  ipc::EndProcess(code);
}

}  // namespace

absl::StatusOr<std::unique_ptr<Stage>> Stage::Set(const RunOptions& options) {
  auto stage = absl::WrapUnique(new Stage(options));
  std::vector<ResourceProperty> properties;
  for (const std::string& text : options.properties) {
    absl::StatusOr<ResourceProperty> property = ParseResourceProperty(text);
    if (!property.ok()) return absl::InvalidArgumentError(absl::StrCat("--property: ", property.status().message()));
    properties.push_back(*std::move(property));
  }
  if (!options.json.empty()) {
    stage->json_.open(std::filesystem::u8path(options.json), std::ios::binary | std::ios::trunc);
    if (!stage->json_) return absl::InvalidArgumentError(absl::StrCat("the file ", options.json, " can't be written"));
  }
  absl::StatusOr<std::unique_ptr<Serving>> serving = Serving::Start(&stage->registry_);
  if (!serving.ok()) return serving.status();
  stage->serving_ = *std::move(serving);
  absl::StatusOr<std::unique_ptr<ResourceDll>> dll = ResourceDll::Load(options.dll);
  if (!dll.ok()) {
    return absl::NotFoundError(absl::StrCat("the resource DLL can't be loaded: ", dll.status().message()));
  }
  stage->dll_ = *std::move(dll);
  Timeline::Sinks sinks;
  sinks.text = options.quiet ? nullptr : &std::cout;
  sinks.json = options.json.empty() ? nullptr : &stage->json_;
  sinks.colour = console::PrepareOutput();
  sinks.trace = options.trace;
  stage->timeline_ = std::make_unique<Timeline>(sinks);
  for (ResourceProperty& property : properties) {
    stage->timeline_->Add(PropertyRecord(property.resource, property.property));
    stage->registry_.SetProperty(property.resource, std::move(property.property));
  }
  stage->host_ = std::make_unique<Host>(options.host, stage->dll_.get(), &stage->registry_, stage->timeline_.get());
  stage->runner_ = std::make_unique<ScriptRunner>(stage->host_.get(), &stage->registry_, stage->timeline_.get());
  return stage;
}

Stage::~Stage() = default;

int Stage::Summarise() {
  const int failures = runner_->failures();
  const int violations = host_->violations();
  timeline_->Add({RecordKind::kSummary,
                  "",
                  absl::StrFormat("%d failed check(s), %d violation(s)%s", failures, violations,
                                  violations > 0 && options_.allow_violations ? ", allowed" : ""),
                  {{"failed_checks", int64_t{failures}}, {"violations", int64_t{violations}}}});
  return failures > 0 || (violations > 0 && !options_.allow_violations) ? kNotHeld : kAllHeld;
}

int Stage::End(const absl::Status& status) {
  if (!options_.no_close && !host_->stuck()) host_->CloseAll();
  int code = Summarise();
  if (absl::IsFailedPrecondition(status)) code = Fail(kNotStarted, status.message());
  if (host_->stuck()) EndProcess(kNotHeld);
  if (options_.no_close) EndProcess(code);
  host_.reset();
  return code;
}

int RunSteps(const RunOptions& options, const std::vector<Step>& steps) {
  absl::StatusOr<std::unique_ptr<Stage>> stage = Stage::Set(options);
  if (!stage.ok()) {
    return Fail(absl::IsInvalidArgument(stage.status()) ? kUsage : kNotStarted, stage.status().message());
  }
  return (*stage)->End((*stage)->runner()->Run(steps));
}

int RunScript(const RunOptions& options) {
  absl::StatusOr<std::vector<Step>> steps = LoadSteps(options);
  if (!steps.ok()) return Fail(kUsage, steps.status().message());
  return RunSteps(options, *steps);
}

}  // namespace resource_broker::rhs_host
