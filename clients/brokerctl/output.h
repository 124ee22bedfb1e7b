// The answers of all nodes in the form that was asked for.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "clients/brokerctl/answer.h"

namespace resource_broker::brokerctl {

enum class Form { kTable, kWide, kJson, kYaml, kJsonLines };

struct Style {
  Form form = Form::kTable;
  // States have colours; in tables only.
  bool coloured = false;
  // More than one node was meant: every line says which it is of.
  bool many = false;
};

// What came of one node.
struct NodeAnswer {
  std::string node;
  absl::StatusOr<Answer> answer;
};

// For standard output, in the order given. In tables and of a single node failures are left out: they go to standard
// error. JSON of many nodes is {"nodes": [{"node": …, "answer": … or "error": …}]}, and each of JSON lines
// {"node": …, "answer": … or "error": …}.
std::string Render(const std::vector<NodeAnswer>& answers, const Style& style);

// The answer of one node, or of none, as a table.
std::string RenderTable(const Answer& answer);

}  // namespace resource_broker::brokerctl
