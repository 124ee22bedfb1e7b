#include "clients/brokerctl/activation_commands.h"

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "clients/brokerctl/format.h"
#include "clients/brokerctl/table.h"

namespace resource_broker::brokerctl {
namespace {

constexpr char kHelp[] = R"(
Examples:
  brokerctl modules list
  brokerctl modules activate generic_service 1.1.0 --canary 10%
  brokerctl modules activate generic_service 1.1.0
  brokerctl modules rollback generic_service

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
  return "-";
}

std::string FormatActivated(const v1::ActivateModuleResponse& response, const std::string& version) {
  if (response.steps().empty()) return absl::StrCat(version, " is active already\n");
  std::vector<std::vector<std::string>> rows = {{"STEP", "MS"}};
  for (const v1::ActivationStep& step : response.steps()) {
    rows.push_back({step.name(), absl::StrCat(static_cast<double>(step.duration_us()) / 1000)});
  }
  return absl::StrCat(FormatTable(rows), version, " serves; before it ", response.previous(), "\n");
}

}  // namespace

std::string FormatModuleVersions(const v1::ListModuleVersionsResponse& response) {
  std::vector<std::vector<std::string>> rows = {
      {"MODULE", "VERSION", "ROLE", "STATE", "PROCESS", "RESOURCES", "OPERATIONS", "FAULT"}};
  for (const v1::ModuleVersions& module : response.modules()) {
    for (const v1::ModuleVersions::VersionStatus& version : module.versions()) {
      rows.push_back({module.name(), version.version(), Role(module, version.version()),
                      v1::ModuleStatus::State_Name(version.state()),
                      version.process_id() == 0 ? "-" : absl::StrCat(version.process_id()),
                      absl::StrCat(version.resources()), absl::StrCat(version.operations()),
                      version.fault().empty() ? "-" : version.fault()});
    }
  }
  std::string text = FormatTable(rows);
  for (const v1::ModuleVersions& module : response.modules()) {
    if (!module.rolled_back().empty()) absl::StrAppend(&text, module.rolled_back(), "\n");
  }
  return text;
}

void AddActivationCommands(CLI::App* modules, ActivationCommand* chosen) {
  struct Values {
    std::string module;
    std::string version;
    std::string canary;
    uint32_t percent = 0;
  };
  const auto values = std::make_shared<Values>();
  modules->footer(kHelp);
  CLI::App* list = modules->add_subcommand("list", "Versions that are installed, and what they do");
  list->add_option("NAME", values->module, "Only this module's");
  list->callback([chosen, values] {
    *chosen = [module = values->module](AdminClient& client, bool json) -> absl::StatusOr<std::string> {
      const absl::StatusOr<v1::ListModuleVersionsResponse> versions = client.ModuleVersions(module);
      if (!versions.ok()) return versions.status();
      return json ? FormatJson(*versions, /*compact=*/false) : FormatModuleVersions(*versions);
    };
  });
  CLI::App* activate =
      modules->add_subcommand("activate", "Lets another version serve, without anything going offline");
  activate->add_option("NAME", values->module, "The module")->required();
  activate->add_option("VERSION", values->version, "One that is installed")->required();
  activate->add_option("--canary", values->canary, "Only so many of the resources: 1% to 99%")
      ->check([values](const std::string& text) { return CheckPercent(text, &values->percent); });
  activate->callback([chosen, values] {
    v1::ActivateModuleRequest request;
    request.set_module(values->module);
    request.set_version(values->version);
    request.set_canary_percent(values->percent);
    *chosen = [request](AdminClient& client, bool json) -> absl::StatusOr<std::string> {
      const absl::StatusOr<v1::ActivateModuleResponse> answer = client.ActivateModule(request);
      if (!answer.ok()) return answer.status();
      return json ? FormatJson(*answer, /*compact=*/false) : FormatActivated(*answer, request.version());
    };
  });
  CLI::App* rollback = modules->add_subcommand("rollback", "Back to the version before; of a canary: its end");
  rollback->add_option("NAME", values->module, "The module")->required();
  rollback->callback([chosen, values] {
    *chosen = [module = values->module](AdminClient& client, bool json) -> absl::StatusOr<std::string> {
      const absl::StatusOr<v1::RollbackModuleResponse> answer = client.RollbackModule(module);
      if (!answer.ok()) return answer.status();
      if (json) return FormatJson(*answer, /*compact=*/false);
      return absl::StrCat(answer->version(), " serves; before it ", answer->previous(), "\n");
    };
  });
}

}  // namespace resource_broker::brokerctl
