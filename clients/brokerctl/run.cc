#include "clients/brokerctl/run.h"

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "clients/brokerctl/exit_code.h"
#include "clients/brokerctl/fan_out.h"
#include "clients/brokerctl/output.h"

namespace resource_broker::brokerctl {
namespace {

// To the upper left, and everything below it away.
constexpr char kClear[] = "\x1b[H\x1b[2J";

Form FormOf(const std::string& output) {
  if (output == "wide") return Form::kWide;
  if (output == "json") return Form::kJson;
  if (output == "yaml") return Form::kYaml;
  return output == "jsonl" ? Form::kJsonLines : Form::kTable;
}

void ShowError(const absl::Status& status, const std::string& node, std::ostream* errors) {
  *errors << "brokerctl: " << (node.empty() ? "" : absl::StrCat(node, ": ")) << status.message() << "\n" << std::flush;
}

int Fail(const absl::Status& status, std::ostream* errors) {
  ShowError(status, "", errors);
  return ExitCodeOf(status);
}

// More than one node is changed by whoever says so: with --yes, by the script that he wrote, or when asked.
absl::Status CheckMeant(const Command& command, const Globals& globals, const Terminal& terminal,
                        const std::vector<Endpoint>& endpoints, std::ostream* errors) {
  if (endpoints.size() < 2) return absl::OkStatus();
  const std::string names =
      absl::StrJoin(endpoints, ", ", [](std::string* out, const Endpoint& endpoint) { out->append(endpoint.name); });
  if (command.one_node) {
    return absl::InvalidArgumentError(absl::StrCat("this is for one node; say which with --node: ", names));
  }
  if (!command.changes || terminal.input == nullptr || globals.yes) return absl::OkStatus();
  *errors << "This changes " << endpoints.size() << " nodes: " << names << ". Go on? [y/N] " << std::flush;
  std::string answer;
  std::getline(*terminal.input, answer);
  if (absl::EqualsIgnoreCase(answer, "y") || absl::EqualsIgnoreCase(answer, "yes")) return absl::OkStatus();
  return absl::AbortedError("nothing was changed; --yes goes on without asking");
}

std::vector<std::string> NamesOf(const std::vector<Node>& nodes) {
  std::vector<std::string> names;
  for (const Node& node : nodes) names.push_back(node.name());
  return names;
}

// Errors of the nodes to standard error; the exit code of all.
int Conclude(const std::vector<Node>& nodes, const std::vector<absl::Status>& results, std::ostream* errors) {
  for (size_t i = 0; i < nodes.size(); ++i) {
    if (!results[i].ok()) ShowError(results[i], nodes.size() > 1 ? nodes[i].name() : "", errors);
  }
  return ExitCodeOf(results);
}

// Where one node has what was asked for, those that do not have it are left out.
void DropNodesWithout(std::vector<Node>* nodes, std::vector<NodeAnswer>* answers) {
  const auto found = [](const NodeAnswer& answer) { return answer.answer.ok(); };
  if (!std::any_of(answers->begin(), answers->end(), found)) return;
  for (size_t i = answers->size(); i-- > 0;) {
    if (!absl::IsNotFound((*answers)[i].answer.status())) continue;
    answers->erase(answers->begin() + static_cast<std::ptrdiff_t>(i));
    nodes->erase(nodes->begin() + static_cast<std::ptrdiff_t>(i));
  }
}

int Ask(const Command& command, const Globals& globals, const Terminal& terminal, std::vector<Node> nodes,
        const Style& style, bool clear, std::ostream* out, std::ostream* errors) {
  std::vector<NodeAnswer> answers(nodes.size(), {"", absl::UnknownError("")});
  ProgressBoard board(errors, terminal.error, NamesOf(nodes));
  OnEach(nodes.size(), globals.parallel, [&](size_t i) {
    Progress progress = board.Of(i);
    answers[i] = {nodes[i].name(), command.ask ? command.ask(nodes[i]) : command.work(nodes[i], progress)};
  });
  if (command.on_any_node) DropNodesWithout(&nodes, &answers);
  *out << (clear ? kClear : "") << Render(answers, style) << std::flush;
  std::vector<absl::Status> results;
  bool failed = false;
  for (const NodeAnswer& answer : answers) {
    results.push_back(answer.answer.status());
    failed = failed || (answer.answer.ok() && answer.answer->failed);
  }
  const int code = Conclude(nodes, results, errors);
  return code == kDone && failed ? kFailed : code;
}

int Stream(const Command& command, const std::vector<Node>& nodes, const Style& style, std::ostream* out,
           std::ostream* errors) {
  std::vector<absl::Status> results(nodes.size());
  EventSink sink(out, style, NamesOf(nodes));
  // All at once: none of them ends for another to begin.
  OnEach(nodes.size(), nodes.size(), [&](size_t i) { results[i] = command.stream(nodes[i], sink); });
  const bool found = std::any_of(results.begin(), results.end(), [](const absl::Status& one) { return one.ok(); });
  for (absl::Status& result : results) {
    if (command.on_any_node && found && absl::IsNotFound(result)) result = absl::OkStatus();
  }
  return Conclude(nodes, results, errors);
}

int Here(const Command& command, const Style& style, std::ostream* out, std::ostream* errors) {
  const absl::StatusOr<Answer> answer = command.here();
  if (!answer.ok()) return Fail(answer.status(), errors);
  *out << Render({{"", answer}}, style) << std::flush;
  return answer->failed ? kFailed : kDone;
}

}  // namespace

int RunCommand(const Command& command, const Globals& globals, const Terminal& terminal, std::ostream* out,
               std::ostream* errors, const std::function<bool(absl::Duration)>& pause) {
  Style style;
  style.form = FormOf(globals.output);
  style.coloured = globals.color == "always" || (globals.color == "auto" && terminal.colours);
  if (command.here) {
    if (style.form == Form::kWide) style.form = Form::kTable;
    return Here(command, style, out, errors);
  }
  absl::StatusOr<std::vector<Endpoint>> endpoints = ChooseEndpoints(globals);
  if (!endpoints.ok()) return Fail(endpoints.status(), errors);
  if (absl::Status status = CheckMeant(command, globals, terminal, *endpoints, errors); !status.ok())
    return Fail(status, errors);
  style.many = endpoints->size() > 1;
  std::vector<Node> nodes;
  for (Endpoint& endpoint : *endpoints) {
    absl::StatusOr<Node> node = Node::Open(std::move(endpoint), std::chrono::milliseconds(globals.timeout_ms));
    if (!node.ok()) return Fail(node.status(), errors);
    nodes.push_back(*std::move(node));
  }
  if (command.stream) return Stream(command, nodes, style, out, errors);
  double seconds = 0;
  const bool watch = absl::SimpleAtod(command.watch_seconds, &seconds);
  int code = kDone;
  do {
    code = Ask(command, globals, terminal, nodes, style, watch && terminal.output, out, errors);
  } while (watch && out->good() && pause(absl::Seconds(seconds)));
  return code;
}

}  // namespace resource_broker::brokerctl
