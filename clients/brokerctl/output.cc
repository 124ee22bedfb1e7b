#include "clients/brokerctl/output.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "clients/brokerctl/json.h"
#include "clients/brokerctl/table.h"

namespace resource_broker::brokerctl {
namespace {

Row Shown(const Part& part, Row row, const std::string* node, bool wide) {
  if (!wide && part.narrow != 0 && row.size() > part.narrow) row.resize(part.narrow);
  if (node != nullptr) row.insert(row.begin(), *node);
  return row;
}

// The rows of part `index` of all nodes, with one heading.
Part Merge(const std::vector<const NodeAnswer*>& answers, size_t index, bool named, bool wide) {
  static const std::string kHeading = "NODE";
  Part merged;
  for (const NodeAnswer* node : answers) {
    if (index >= node->answer->parts.size()) continue;
    const Part& part = node->answer->parts[index];
    const bool first = merged.rows.empty();
    if (first) merged = Part{part.kind, {}, part.narrow, part.gap, part.hidden_if_empty};
    for (size_t i = 0; i < part.rows.size(); ++i) {
      const bool heading = part.kind == Part::kTable && i == 0;
      if (heading && !first) continue;
      merged.rows.push_back(Shown(part, part.rows[i], named ? heading ? &kHeading : &node->node : nullptr, wide));
    }
  }
  return merged;
}

std::string Tables(const std::vector<const NodeAnswer*>& answers, const Style& style) {
  const bool wide = style.form == Form::kWide;
  size_t parts = 0;
  for (const NodeAnswer* node : answers) parts = std::max(parts, node->answer->parts.size());
  std::string text;
  for (size_t index = 0; index < parts; ++index) {
    const Part part = Merge(answers, index, style.many || wide, wide);
    if (part.rows.empty() || (part.hidden_if_empty && part.rows.size() == 1)) continue;
    if (part.gap && !text.empty()) absl::StrAppend(&text, "\n");
    if (part.kind != Part::kLines) {
      absl::StrAppend(&text, FormatTable(part.rows, style.coloured && part.kind == Part::kTable));
      continue;
    }
    for (const Row& row : part.rows) absl::StrAppend(&text, Printable(absl::StrJoin(row, ": ")), "\n");
  }
  return text;
}

std::string Pretty(const Answer& answer) {
  if (!answer.json_lines) return FormatJson(*answer.message, /*compact=*/false, answer.every_field);
  return absl::StrCat(absl::StrJoin(JsonItems(answer), "\n"), "\n");
}

// One JSON document for all nodes. A line's end is never inside a JSON string.
std::string NodesJson(const std::vector<NodeAnswer>& answers) {
  std::vector<std::string> nodes;
  for (const NodeAnswer& node : answers) {
    std::string value;
    if (node.answer.ok()) {
      const std::string json = FormatJson(*node.answer->message, /*compact=*/false, node.answer->every_field);
      value = absl::StrCat("\"answer\": ", absl::StrJoin(absl::StrSplit(absl::StripSuffix(json, "\n"), '\n'), "\n   "));
    } else {
      value = absl::StrCat("\"error\": ", JsonError(node.answer.status()));
    }
    nodes.push_back(absl::StrCat("  {\n   \"node\": ", JsonString(node.node), ",\n   ", value, "\n  }"));
  }
  return absl::StrCat("{\n \"nodes\": [\n", absl::StrJoin(nodes, ",\n"), "\n ]\n}\n");
}

std::string Json(const std::vector<NodeAnswer>& answers, bool many) {
  if (many) return NodesJson(answers);
  return answers.empty() || !answers[0].answer.ok() ? "" : Pretty(*answers[0].answer);
}

std::string Yaml(const std::vector<NodeAnswer>& answers, bool many) {
  if (!many && (answers.empty() || !answers[0].answer.ok())) return "";
  const std::string json =
      many ? NodesJson(answers)
           : FormatJson(*answers[0].answer->message, /*compact=*/true, answers[0].answer->every_field);
  const absl::StatusOr<std::string> yaml = YamlOfJson(json);
  return yaml.ok() ? *yaml : absl::StrCat("# ", yaml.status().message(), "\n");
}

std::string Lines(const std::vector<NodeAnswer>& answers, bool many) {
  std::string text;
  for (const NodeAnswer& node : answers) {
    const std::string head = many ? absl::StrCat("{\"node\": ", JsonString(node.node), ", ") : "";
    if (!node.answer.ok()) {
      if (many) absl::StrAppend(&text, head, "\"error\": ", JsonError(node.answer.status()), "}\n");
      continue;
    }
    for (const std::string& item : JsonItems(*node.answer)) {
      absl::StrAppend(&text, many ? absl::StrCat(head, "\"answer\": ", item, "}") : item, "\n");
    }
  }
  return text;
}

}  // namespace

std::string Render(const std::vector<NodeAnswer>& answers, const Style& style) {
  switch (style.form) {
    case Form::kJson:
      return Json(answers, style.many);
    case Form::kYaml:
      return Yaml(answers, style.many);
    case Form::kJsonLines:
      return Lines(answers, style.many);
    case Form::kTable:
    case Form::kWide:
      break;
  }
  std::vector<const NodeAnswer*> answered;
  for (const NodeAnswer& node : answers) {
    if (node.answer.ok()) answered.push_back(&node);
  }
  return Tables(answered, style);
}

std::string RenderTable(const Answer& answer) { return Render({{"", answer}}, Style{}); }

}  // namespace resource_broker::brokerctl
