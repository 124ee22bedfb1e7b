#include "clients/brokerctl/activation_commands.h"

#include <chrono>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "clients/brokerctl/words.h"
#include "clients/names/names.h"
#include "resource_broker/v1/activation.grpc.pb.h"

namespace resource_broker::brokerctl {
namespace {

// How much longer than other calls an activation may take: what is tried has limits of its own, the broker's
// timeouts.module….
constexpr std::chrono::seconds kActivation(120);
// How often it is looked how many resources have moved.
constexpr absl::Duration kLook = absl::Milliseconds(500);

constexpr char kActivateExamples[] = R"(  brokerctl modules activate generic_service 1.1.0 --canary 10%
  brokerctl modules activate generic_service 1.1.0
  brokerctl --context prod --yes modules activate generic_service 1.1.0 --wait 10m

Nothing goes offline: what runs ends where it was begun, and each resource moves to the other version as soon as nothing
of it is under way. A version that fails in its first minute is rolled back by the broker; `brokerctl status` says why.)";

// "10" or "10%", 1 to 99; else what is wrong, in the form CLI11 asks for.
std::string CheckPercent(const std::string& text, uint32_t* percent) {
  absl::string_view number = text;
  absl::ConsumeSuffix(&number, "%");
  if (absl::SimpleAtoi(number, percent) && *percent >= 1 && *percent <= 99) return "";
  return "--canary: must be 1% to 99%";
}

std::string Role(const v1::ModuleVersions& module, const std::string& version) {
  std::string role;
  if (version == module.active()) role = "active";
  if (version == module.canary()) role = absl::StrCat("canary ", module.canary_percent(), "%");
  if (version == module.activating()) role = "is tried";
  if (version == module.probation()) absl::StrAppend(&role, ", on probation");
  if (!role.empty()) return role;
  for (const std::string& previous : module.previous()) {
    if (version == previous) return "previous";
  }
  return kNothing;
}

std::vector<Part> ActivatedParts(const v1::ActivateModuleResponse& response, const std::string& version) {
  if (response.steps().empty()) return {Lines({absl::StrCat(version, " is active already")})};
  std::vector<Row> rows = {{"STEP", "MS"}};
  for (const v1::ActivationStep& step : response.steps()) {
    rows.push_back({step.name(), absl::StrCat(static_cast<double>(step.duration_us()) / 1000)});
  }
  return {Table(std::move(rows)), Lines({absl::StrCat(version, " serves; before it ", response.previous())})};
}

absl::StatusOr<v1::ListModuleVersionsResponse> Versions(const Node& node, const std::string& module) {
  v1::ListModuleVersionsRequest request;
  request.set_module(module);
  return node.Call(&v1::Activation::Stub::ListModuleVersions, request);
}

// Waits until every resource of the module is with the version that serves. Aborted where the broker went back.
absl::Status AwaitMove(const Node& node, const std::string& module, const std::string& version, absl::Duration limit,
                       Progress& progress) {
  const absl::Time end = absl::Now() + limit;
  for (bool first = true;; first = false) {
    const absl::StatusOr<v1::ListModuleVersionsResponse> answer = Versions(node, module);
    if (!answer.ok()) return answer.status();
    if (answer->modules().empty()) return absl::NotFoundError(absl::StrCat(module, " is no longer there"));
    const v1::ModuleVersions& now = answer->modules(0);
    if (now.active() != version) {
      return absl::AbortedError(absl::StrCat(now.active(), " serves again: ", OrNothing(now.rolled_back())));
    }
    uint64_t moved = 0;
    uint64_t all = 0;
    for (const v1::ModuleVersions::VersionStatus& status : now.versions()) {
      all += status.resources();
      if (status.version() == version) moved = status.resources();
    }
    if (first) progress.Begin(absl::StrCat("move to ", version), all, "resources");
    progress.Done(moved);
    if (moved == all) return absl::OkStatus();
    if (absl::Now() >= end) {
      return absl::DeadlineExceededError(
          absl::StrCat(version, " serves, but ", all - moved, " of ", all, " resources have not moved yet"));
    }
    absl::SleepFor(kLook);
  }
}

absl::StatusOr<Answer> Activate(const Node& node, const v1::ActivateModuleRequest& request, absl::Duration wait,
                                Progress& progress) {
  absl::StatusOr<v1::ActivateModuleResponse> answer =
      node.Call(&v1::Activation::Stub::ActivateModule, request, kActivation);
  if (!answer.ok()) return answer.status();
  if (wait > absl::ZeroDuration()) {
    absl::Status moved = AwaitMove(node, request.module(), request.version(), wait, progress);
    if (!moved.ok()) return moved;
  }
  std::vector<Part> parts = ActivatedParts(*answer, request.version());
  return AnswerOf(*std::move(answer), std::move(parts));
}

absl::StatusOr<Answer> Rollback(const Node& node, const std::string& module) {
  v1::RollbackModuleRequest request;
  request.set_module(module);
  absl::StatusOr<v1::RollbackModuleResponse> answer = node.Call(&v1::Activation::Stub::RollbackModule, request);
  if (!answer.ok()) return answer.status();
  const std::string line = absl::StrCat(answer->version(), " serves; before it ", answer->previous());
  return AnswerOf(*std::move(answer), {Lines({line})});
}

struct Values {
  std::string module;
  std::string version;
  std::string canary;
  uint32_t percent = 0;
  std::string wait;
};

void AddActivate(CLI::App* modules, Command* chosen, const std::shared_ptr<Values>& values) {
  CLI::App* activate =
      AddCommand(modules, "activate", "Lets another version serve, without anything going offline", kActivateExamples);
  activate->add_option("MODULE", values->module, "The module")->required();
  activate->add_option("VERSION", values->version, "One that is installed")->required();
  CLI::Option* canary = activate->add_option("--canary", values->canary, "Only so many of the resources: 1% to 99%")
                            ->check([values](const std::string& text) { return CheckPercent(text, &values->percent); });
  activate->add_option("--wait", values->wait, "Until all resources have moved, but no longer than this: 30s, 10m")
      ->excludes(canary)
      ->check([](const std::string& text) { return std::string(names::ParseDuration(text).status().message()); });
  activate->callback([chosen, values] {
    v1::ActivateModuleRequest request;
    request.set_module(values->module);
    request.set_version(values->version);
    request.set_canary_percent(values->percent);
    const absl::Duration wait = names::ParseDuration(values->wait).value_or(absl::ZeroDuration());
    chosen->changes = true;
    chosen->work = [request, wait](const Node& node, Progress& progress) {
      return Activate(node, request, wait, progress);
    };
  });
}

}  // namespace

Answer AnswerOfVersions(v1::ListModuleVersionsResponse response) {
  std::vector<Row> rows = {{"MODULE", "VERSION", "ROLE", "STATE", "PROCESS", "RESOURCES", "OPERATIONS", "FAULT"}};
  std::vector<std::string> notices;
  for (const v1::ModuleVersions& module : response.modules()) {
    for (const v1::ModuleVersions::VersionStatus& version : module.versions()) {
      rows.push_back({module.name(), version.version(), Role(module, version.version()),
                      v1::ModuleStatus::State_Name(version.state()),
                      version.process_id() == 0 ? kNothing : absl::StrCat(version.process_id()),
                      absl::StrCat(version.resources()), absl::StrCat(version.operations()),
                      OrNothing(version.fault())});
    }
    if (!module.rolled_back().empty()) notices.push_back(module.rolled_back());
  }
  return AnswerOf(std::move(response), {Table(std::move(rows)), Lines(notices)}, "modules");
}

void AddActivationCommands(CLI::App* modules, Command* chosen) {
  const auto values = std::make_shared<Values>();
  CLI::App* list = AddCommand(modules, "list", "Versions that are installed, and what they do",
                              "  brokerctl modules list\n"
                              "  brokerctl --context prod modules list generic_service --watch");
  list->alias("versions");
  list->add_option("MODULE", values->module, "Only this module's");
  AddWatch(list, chosen);
  list->callback([chosen, values] {
    chosen->ask = [values](const Node& node) -> absl::StatusOr<Answer> {
      absl::StatusOr<v1::ListModuleVersionsResponse> versions = Versions(node, values->module);
      if (!versions.ok()) return versions.status();
      return AnswerOfVersions(*std::move(versions));
    };
  });
  AddActivate(modules, chosen, values);
  CLI::App* rollback = AddCommand(modules, "rollback", "Back to the version before; of a canary: its end",
                                  "  brokerctl modules rollback generic_service");
  rollback->add_option("MODULE", values->module, "The module")->required();
  rollback->callback([chosen, values] {
    chosen->changes = true;
    chosen->ask = [values](const Node& node) { return Rollback(node, values->module); };
  });
}

}  // namespace resource_broker::brokerctl
