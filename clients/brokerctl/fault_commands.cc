#include "clients/brokerctl/fault_commands.h"

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "clients/brokerctl/table.h"
#include "google/protobuf/util/json_util.h"

namespace resource_broker::brokerctl {
namespace {

constexpr char kHelp[] = R"(
Examples:
  brokerctl fault list
  brokerctl fault arm crash_after journal.commit.accepted
  brokerctl fault arm delay_before module.execute --ms 30000
  brokerctl fault arm drop bridge.pipe --bytes 100
  brokerctl fault clear

For tests only: the broker refuses it unless its broker.json says "faults": {"allowed": true}.)";

absl::StatusOr<std::string> Silent(const absl::Status& status) {
  if (!status.ok()) return status;
  return std::string();
}

// "crash-before" and the like as the contract has it.
std::string ActionOf(const std::string& word) { return absl::AsciiStrToUpper(absl::StrReplaceAll(word, {{"-", "_"}})); }

}  // namespace

std::string FormatFaultPoints(const v1::ListFaultPointsResponse& response, bool json) {
  if (json) {
    google::protobuf::util::JsonPrintOptions options;
    options.add_whitespace = true;
    options.always_print_primitive_fields = true;
    std::string text;
    const auto status = google::protobuf::util::MessageToJsonString(response, &text, options);
    if (!status.ok()) return absl::StrCat("{\"error\": \"", absl::CEscape(status.ToString()), "\"}\n");
    return text;
  }
  std::vector<std::vector<std::string>> rows = {{"POINT", "HITS", "ARMED", "HOLDING", "ACTIONS", "WHERE"}};
  for (const v1::FaultPoint& point : response.points()) {
    rows.push_back({point.point(), absl::StrCat(point.hits()), point.armed().empty() ? "-" : point.armed(),
                    point.holding() ? "yes" : "-", absl::AsciiStrToLower(absl::StrJoin(point.actions(), ",")),
                    point.description()});
  }
  return FormatTable(rows);
}

void AddFaultCommands(CLI::App* app, FaultCommand* chosen) {
  struct Values {
    std::string action;
    std::string point;
    uint32_t delay_ms = 0;
    uint64_t after = 0;
    uint64_t drop_bytes = 0;
    bool repeat = false;
  };
  const auto values = std::make_shared<Values>();
  CLI::App* fault = app->add_subcommand("fault", "Failures on command, for tests")->require_subcommand(1);
  fault->footer(kHelp);
  fault->add_subcommand("list", "Where faults can be armed, and what has happened there")->callback([chosen] {
    *chosen = [](AdminClient& client, bool json) -> absl::StatusOr<std::string> {
      const absl::StatusOr<v1::ListFaultPointsResponse> points = client.FaultPoints();
      if (!points.ok()) return points.status();
      return FormatFaultPoints(*points, json);
    };
  });
  CLI::App* arm = fault->add_subcommand("arm", "Makes something happen when a point is next passed");
  arm->add_option("ACTION", values->action, "crash_before, crash_after, delay_before, delay_after, error or drop")
      ->required();
  arm->add_option("POINT", values->point, "As fault list names it")->required();
  arm->add_option("--ms", values->delay_ms, "How long a delay holds it up: 1 to 60000");
  arm->add_option("--after", values->after, "So many passages go by first");
  arm->add_option("--bytes", values->drop_bytes, "With drop: so many more bytes are received first");
  arm->add_flag("--repeat", values->repeat, "At every passage until cleared, not only once");
  arm->callback([chosen, values] {
    v1::Fault armed;
    armed.set_point(values->point);
    armed.set_action(ActionOf(values->action));
    armed.set_delay_ms(values->delay_ms);
    armed.set_after(values->after);
    armed.set_drop_bytes(values->drop_bytes);
    armed.set_repeat(values->repeat);
    *chosen = [armed](AdminClient& client, bool) { return Silent(client.ArmFault(armed)); };
  });
  CLI::App* clear = fault->add_subcommand("clear", "Disarms, and lets go of what is held");
  clear->add_option("POINT", values->point, "Only this point; without it all");
  clear->callback([chosen, values] {
    *chosen = [point = values->point](AdminClient& client, bool) { return Silent(client.ClearFaults(point)); };
  });
}

}  // namespace resource_broker::brokerctl
