#include "clients/brokerctl/event_sink.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "clients/brokerctl/json.h"
#include "clients/brokerctl/table.h"

namespace resource_broker::brokerctl {

EventSink::EventSink(std::ostream* out, const Style& style, const std::vector<std::string>& nodes)
    : style_(style), out_(out) {
  for (const std::string& node : nodes) width_ = std::max(width_, node.size());
}

bool EventSink::Show(const std::string& node, const google::protobuf::Message& message,
                     const std::vector<std::string>& lines) {
  std::string text;
  if (style_.form == Form::kTable || style_.form == Form::kWide) {
    const bool named = style_.many || style_.form == Form::kWide;
    const std::string head = named ? absl::StrCat(node, std::string(width_ - node.size() + 2, ' ')) : "";
    for (const std::string& line : lines) absl::StrAppend(&text, head, Printable(line), "\n");
  } else {
    const std::string json(absl::StripSuffix(FormatJson(message, /*compact=*/true), "\n"));
    text = style_.many ? absl::StrCat("{\"node\": ", JsonString(node), ", \"answer\": ", json, "}\n")
                       : absl::StrCat(json, "\n");
    if (style_.form == Form::kYaml) {
      const absl::StatusOr<std::string> yaml = YamlOfJson(text);
      text = absl::StrCat("---\n", yaml.ok() ? *yaml : absl::StrCat("# ", yaml.status().message(), "\n"));
    }
  }
  absl::MutexLock lock(&mutex_);
  *out_ << text << std::flush;
  return out_->good();
}

}  // namespace resource_broker::brokerctl
