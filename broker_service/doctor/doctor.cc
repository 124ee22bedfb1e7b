#include "broker_service/doctor/doctor.h"

#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>

#include <algorithm>
#include <optional>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "broker_service/doctor/checks.h"

namespace resource_broker::broker {
namespace {

const char* NameOf(FindingResult result) {
  switch (result) {
    case FindingResult::kOk:
      return "ok";
    case FindingResult::kWarning:
      return "warning";
    default:
      return "error";
  }
}

}  // namespace

std::vector<Finding> Examine(const DoctorOptions& options) {
  Findings findings;
  const std::optional<v1::BrokerConfig> config = CheckConfiguration(options, &findings);
  CheckService(options, &findings);
  CheckCluster(&findings);
  CheckBridgeLibrary(options, &findings);
  if (!config.has_value()) return findings.all();
  const Installation installation = {options, *config};
  CheckDataFolder(installation, &findings);
  CheckJournal(installation, &findings);
  CheckModules(installation, &findings);
  CheckClock(installation, &findings);
  const std::optional<RunningBroker> running = CheckAddresses(installation, &findings);
  CheckRemote(installation, running.has_value(), &findings);
  CheckVersions(installation, running, &findings);
  return findings.all();
}

FindingResult WorstOf(const std::vector<Finding>& findings) {
  FindingResult worst = FindingResult::kOk;
  for (const Finding& finding : findings) worst = std::max(worst, finding.result);
  return worst;
}

std::string FindingsAsText(const std::vector<Finding>& findings) {
  std::string text;
  for (const Finding& finding : findings) {
    absl::StrAppendFormat(&text, "%-8s %s: %s\n", NameOf(finding.result), finding.check, finding.evidence);
    if (!finding.mend.empty()) absl::StrAppend(&text, "         ", "-> ", finding.mend, "\n");
  }
  return text;
}

std::string FindingsAsJson(const std::vector<Finding>& findings) {
  google::protobuf::Struct report;
  auto& fields = *report.mutable_fields();
  fields["result"].set_string_value(NameOf(WorstOf(findings)));
  google::protobuf::ListValue* const checks = fields["checks"].mutable_list_value();
  for (const Finding& finding : findings) {
    auto& check = *checks->add_values()->mutable_struct_value()->mutable_fields();
    check["name"].set_string_value(finding.check);
    check["result"].set_string_value(NameOf(finding.result));
    check["evidence"].set_string_value(finding.evidence);
    check["mend"].set_string_value(finding.mend);
  }
  std::string json;
  // Nothing of it can be wrong but text of the system that is not UTF-8.
  if (!google::protobuf::util::MessageToJsonString(report, &json).ok()) return "{}\n";
  return json + "\n";
}

}  // namespace resource_broker::broker
