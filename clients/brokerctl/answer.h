// What a command has to show, before it is known in which form.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "google/protobuf/message.h"

namespace resource_broker::brokerctl {

using Row = std::vector<std::string>;

// A piece of what people read. With many nodes each row has its node before it.
struct Part {
  enum Kind {
    kTable,  // the first row is the heading; not shown without any other if `hidden_if_empty`
    kFacts,  // names and values, without a heading
    kLines,  // sentences: one cell a row
  };
  Kind kind = kTable;
  std::vector<Row> rows;
  // The columns that are shown without -o wide. 0: all.
  size_t narrow = 0;
  // An empty line goes before it.
  bool gap = false;
  bool hidden_if_empty = false;
};

// Of one node, or of brokerctl itself.
struct Answer {
  // For the machines' forms.
  std::shared_ptr<const google::protobuf::Message> message;
  // The repeated field of `message` whose elements are a line each in JSON lines. Empty: the message is one line.
  std::string items;
  // -o json of one node prints those lines as well.
  bool json_lines = false;
  // Fields with their defaults are printed too.
  bool every_field = false;
  // The call was answered, and the answer is that something is wrong: exit code 1.
  bool failed = false;
  // For people.
  std::vector<Part> parts;
};

template <typename Message>
Answer AnswerOf(Message message, std::vector<Part> parts, std::string items = "") {
  Answer answer;
  answer.message = std::make_shared<Message>(std::move(message));
  answer.parts = std::move(parts);
  answer.items = std::move(items);
  return answer;
}

inline Part Table(std::vector<Row> rows, size_t narrow = 0) { return {Part::kTable, std::move(rows), narrow}; }
inline Part Facts(std::vector<Row> rows) { return {Part::kFacts, std::move(rows)}; }
// None is no part to be seen.
inline Part Lines(const std::vector<std::string>& lines) {
  Part part{Part::kLines, {}};
  for (const std::string& line : lines) part.rows.push_back({line});
  return part;
}

}  // namespace resource_broker::brokerctl
