#include "broker_service/host/testing/config_reference.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "broker_service/host/config_rules.h"
#include "broker_service/host/live_keys.h"

namespace resource_broker::broker::testing {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

constexpr char kHead[] = R"(# Configuration

The broker has one file, `broker.json`: `--config` names it, else it is `%ProgramData%\ResourceBroker\broker.json`, natively
`/etc/resource-broker/broker.json`; without a file all defaults hold. It is JSON in UTF-8 (with or without a byte order mark), at
most 1 MiB, and one object whose keys are below. What is left out has its default, and so has a number that is 0. Unknown
keys, keys that are there twice, values of another type and impossible values are refused, with the file and the key or the line:

```
broker.json: limits.maxSesions: unknown key (line 3, column 5); did you mean maxSessions?
broker.json: limits.maxSessions: must be 1 to 4096, not 5000
broker.json: line 4, column 22: a comma with nothing after it; take it out
```

`resource_broker check-config` says what is wrong, the files of certificates included. `brokerctl config validate` asks a
running broker the same of a file that is not there yet, and which keys could be changed without a restart;
`brokerctl config reload` has a broker read its file again. Of the keys that differ then, those with *reload* below are in
force at once. The others are named in the answer and in event 1301 and wait for the next start. A file with a mistake
changes nothing, and is event 1300.

Paths may be relative, and are meant from the folder of the file then. Addresses of sockets may not.

This file is made of `proto/resource_broker/v1/config.proto`: `RESOURCE_BROKER_GOLDEN=write broker_api_test
--gtest_filter=ConfigReference*`.
)";

std::string CommentOf(const FieldDescriptor& field) {
  google::protobuf::SourceLocation place;
  if (!field.GetSourceLocation(&place)) return "";
  std::string comment = place.leading_comments;
  return std::string(
      absl::StripAsciiWhitespace(absl::StrReplaceAll(comment, {{"\n ", " "}, {"\n", " "}, {"|", "\\|"}})));
}

std::string CommentOf(const Descriptor& type) {
  google::protobuf::SourceLocation place;
  if (!type.GetSourceLocation(&place)) return "";
  return std::string(absl::StripAsciiWhitespace(absl::StrReplaceAll(place.leading_comments, {{"\n ", "\n"}})));
}

std::string TypeOf(const FieldDescriptor& field) {
  std::string type = "number";
  if (field.message_type() != nullptr) type = "object";
  if (field.cpp_type() == FieldDescriptor::CPPTYPE_STRING) type = "text";
  if (field.cpp_type() == FieldDescriptor::CPPTYPE_BOOL) type = "true or false";
  return field.is_repeated() ? absl::StrCat("list of ", type, "s") : type;
}

std::string UnitOf(const FieldDescriptor& field) {
  if (TypeOf(field) != "number") return "";
  const std::string& key = field.json_name();
  if (absl::EndsWith(key, "Ms")) return "ms";
  if (absl::EndsWith(key, "Bytes")) return "bytes";
  return absl::EndsWith(key, "Days") ? "days" : "";
}

struct Allowed {
  std::string fallback;
  std::string range;
};

Allowed AllowedOf(const std::string& key, const FieldDescriptor& field) {
  for (const NumberRule& rule : NumberRules()) {
    if (rule.key != key) continue;
    return {rule.fallback == 0 ? "" : absl::StrCat("`", rule.fallback, "`"), RangeOf(key)};
  }
  for (const WordRule& rule : WordRules()) {
    if (rule.key != key) continue;
    return {absl::StrCat("`\"", rule.words.front(), "\"`"),
            absl::StrJoin(rule.words, ", ",
                          [](std::string* out, const std::string& word) { absl::StrAppend(out, "`\"", word, "\"`"); })};
  }
  if (field.is_repeated()) return {"`[]`", ""};
  return {field.cpp_type() == FieldDescriptor::CPPTYPE_BOOL ? "`false`" : "", ""};
}

// Of all below one that a reload takes over, too.
bool IsLive(const std::string& key) {
  const std::vector<std::string> live = LiveKeys();
  return std::any_of(live.begin(), live.end(), [&key](const std::string& known) {
    return key == known || absl::StartsWith(key, absl::StrCat(known, "[]."));
  });
}

void AppendTable(const std::string& prefix, const Descriptor& type, std::string* to) {
  absl::StrAppend(to, "\n| key | type | default | range | unit | change | meaning |\n|---|---|---|---|---|---|---|\n");
  std::vector<std::pair<std::string, const FieldDescriptor*>> inner;
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    const std::string key = absl::StrCat(prefix, field.json_name());
    if (field.message_type() != nullptr) inner.emplace_back(field.is_repeated() ? key + "[]" : key, &field);
    if (field.message_type() != nullptr && !field.is_repeated()) continue;
    const Allowed allowed = AllowedOf(key, field);
    absl::StrAppend(to, "| `", key, "` | ", TypeOf(field), " | ", allowed.fallback, " | ", allowed.range, " | ",
                    UnitOf(field), " | ", IsLive(key) ? "reload" : "restart", " | ", CommentOf(field), " |\n");
  }
  for (const auto& [key, field] : inner) {
    absl::StrAppend(to, "\n## ", key, "\n\n", CommentOf(*field->message_type()), "\n");
    AppendTable(key + ".", *field->message_type(), to);
  }
}

}  // namespace

std::string ConfigReference(const Descriptor& config) {
  std::string reference = kHead;
  AppendTable("", config, &reference);
  return reference;
}

}  // namespace resource_broker::broker::testing
