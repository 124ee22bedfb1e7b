#include "clients/brokerctl/fault_commands.h"

#include <cstdint>
#include <memory>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "clients/brokerctl/words.h"
#include "resource_broker/v1/faults.grpc.pb.h"

namespace resource_broker::brokerctl {
namespace {

constexpr char kForTests[] = R"(

For tests only: a broker refuses it unless its broker.json says "faults": {"allowed": true}.)";

// "crash-before" and the like as the contract has it.
std::string ActionOf(const std::string& word) { return absl::AsciiStrToUpper(absl::StrReplaceAll(word, {{"-", "_"}})); }

absl::StatusOr<Answer> List(const Node& node) {
  absl::StatusOr<v1::ListFaultPointsResponse> points =
      node.Call(&v1::Faults::Stub::ListFaultPoints, v1::ListFaultPointsRequest());
  if (!points.ok()) return points.status();
  return AnswerOfFaultPoints(*std::move(points));
}

absl::StatusOr<Answer> Arm(const Node& node, const v1::ArmFaultRequest& request) {
  absl::StatusOr<v1::ArmFaultResponse> answer = node.Call(&v1::Faults::Stub::ArmFault, request);
  if (!answer.ok()) return answer.status();
  return AnswerOf(*std::move(answer), {});
}

absl::StatusOr<Answer> Clear(const Node& node, const std::string& point) {
  v1::ClearFaultsRequest request;
  request.set_point(point);
  absl::StatusOr<v1::ClearFaultsResponse> answer = node.Call(&v1::Faults::Stub::ClearFaults, request);
  if (!answer.ok()) return answer.status();
  return AnswerOf(*std::move(answer), {});
}

struct Values {
  std::string action;
  std::string point;
  uint32_t delay_ms = 0;
  uint64_t after = 0;
  uint64_t drop_bytes = 0;
  bool repeat = false;
};

void AddArm(CLI::App* fault, Command* chosen, const std::shared_ptr<Values>& values) {
  CLI::App* arm = AddCommand(fault, "arm", "Makes something happen when a point is next passed",
                             absl::StrCat("  brokerctl fault arm crash_after journal.commit.accepted\n"
                                          "  brokerctl fault arm delay_before module.execute --ms 30000\n"
                                          "  brokerctl fault arm drop bridge.pipe --bytes 100",
                                          kForTests));
  arm->add_option("ACTION", values->action, "crash_before, crash_after, delay_before, delay_after, error or drop")
      ->required();
  arm->add_option("POINT", values->point, "As fault list names it")->required();
  arm->add_option("--ms", values->delay_ms, "How long a delay holds it up: 1 to 60000");
  arm->add_option("--after", values->after, "So many passages go by first");
  arm->add_option("--bytes", values->drop_bytes, "With drop: so many more bytes are received first");
  arm->add_flag("--repeat", values->repeat, "At every passage until cleared, not only once");
  arm->callback([chosen, values] {
    v1::ArmFaultRequest request;
    v1::Fault* armed = request.mutable_fault();
    armed->set_point(values->point);
    armed->set_action(ActionOf(values->action));
    armed->set_delay_ms(values->delay_ms);
    armed->set_after(values->after);
    armed->set_drop_bytes(values->drop_bytes);
    armed->set_repeat(values->repeat);
    chosen->changes = true;
    chosen->ask = [request](const Node& node) { return Arm(node, request); };
  });
}

}  // namespace

Answer AnswerOfFaultPoints(v1::ListFaultPointsResponse response) {
  std::vector<Row> rows = {{"POINT", "HITS", "ARMED", "HOLDING", "ACTIONS", "WHERE"}};
  for (const v1::FaultPoint& point : response.points()) {
    rows.push_back({point.point(), absl::StrCat(point.hits()), OrNothing(point.armed()),
                    point.holding() ? "yes" : kNothing, absl::AsciiStrToLower(absl::StrJoin(point.actions(), ",")),
                    point.description()});
  }
  Answer answer = AnswerOf(std::move(response), {Table(std::move(rows))}, "points");
  answer.every_field = true;
  return answer;
}

void AddFaultCommands(CLI::App* app, Command* chosen) {
  const auto values = std::make_shared<Values>();
  CLI::App* fault = AddGroup(app, "fault", "Failures on command, for tests");
  AddCommand(fault, "list", "Where faults can be armed, and what has happened there",
             absl::StrCat("  brokerctl fault list", kForTests))
      ->callback([chosen] { chosen->ask = List; });
  AddArm(fault, chosen, values);
  CLI::App* clear = AddCommand(fault, "clear", "Disarms, and lets go of what is held",
                               absl::StrCat("  brokerctl fault clear", kForTests));
  clear->add_option("POINT", values->point, "Only this point; without it all");
  clear->callback([chosen, values] {
    chosen->changes = true;
    chosen->ask = [values](const Node& node) { return Clear(node, values->point); };
  });
}

}  // namespace resource_broker::brokerctl
