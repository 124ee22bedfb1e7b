#include "clients/rhs_host/run_command.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/string_view.h"
#include "clients/console/console.h"
#include "clients/rhs_host/clusapi/property.h"
#include "clients/rhs_host/clusapi/serving.h"
#include "clients/rhs_host/script.h"
#include "clients/rhs_host/script_runner.h"

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

absl::Status SetProperties(const RunOptions& options, ClusterRegistry* registry) {
  for (const std::string& text : options.properties) {
    absl::StatusOr<ResourceProperty> property = ParseResourceProperty(text);
    if (!property.ok()) return absl::InvalidArgumentError(absl::StrCat("--property: ", property.status().message()));
    registry->SetProperty(property->resource, std::move(property->property));
  }
  return absl::OkStatus();
}

// The host cannot come to an end: threads of the DLL, or calls into it, go on.
[[noreturn]] void EndProcess(int code) {
  std::cout.flush();
  std::_Exit(code);
}

int Summarise(const ScriptRunner& runner, const Host& host, const RunOptions& options, Timeline* timeline) {
  const int failures = runner.failures();
  const int violations = host.violations();
  timeline->Add({RecordKind::kSummary,
                 "",
                 absl::StrFormat("%d failed check(s), %d violation(s)%s", failures, violations,
                                 violations > 0 && options.allow_violations ? ", allowed" : ""),
                 {{"failed_checks", int64_t{failures}}, {"violations", int64_t{violations}}}});
  return failures > 0 || (violations > 0 && !options.allow_violations) ? kNotHeld : kAllHeld;
}

}  // namespace

int RunScript(const RunOptions& options) {
  absl::StatusOr<std::vector<Step>> steps = LoadSteps(options);
  if (!steps.ok()) return Fail(kUsage, steps.status().message());
  ClusterRegistry registry;
  if (absl::Status status = SetProperties(options, &registry); !status.ok()) return Fail(kUsage, status.message());
  std::ofstream json;
  if (!options.json.empty()) {
    json.open(std::filesystem::u8path(options.json), std::ios::binary | std::ios::trunc);
    if (!json) return Fail(kUsage, absl::StrCat("the file ", options.json, " can't be written"));
  }
  absl::StatusOr<std::unique_ptr<Serving>> serving = Serving::Start(&registry);
  if (!serving.ok()) return Fail(kNotStarted, serving.status().message());
  absl::StatusOr<std::unique_ptr<ResourceDll>> dll = ResourceDll::Load(options.dll);
  if (!dll.ok()) return Fail(kNotStarted, absl::StrCat("the resource DLL can't be loaded: ", dll.status().message()));

  Timeline timeline(
      {options.quiet ? nullptr : &std::cout, options.json.empty() ? nullptr : &json, console::PrepareOutput()});
  auto host = std::make_unique<Host>(options.host, dll->get(), &registry, &timeline);
  ScriptRunner runner(host.get(), &registry, &timeline);
  absl::Status status = runner.Run(*steps);
  if (!options.no_close && !host->stuck()) host->CloseAll();
  int code = Summarise(runner, *host, options, &timeline);
  if (absl::IsFailedPrecondition(status)) code = Fail(kNotStarted, status.message());
  if (host->stuck()) EndProcess(kNotHeld);
  if (options.no_close) EndProcess(code);
  host.reset();
  return code;
}

}  // namespace resource_broker::rhs_host
