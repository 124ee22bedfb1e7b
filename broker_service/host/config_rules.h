// What numbers and words of the configuration may be, and what they are where nothing is said.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "resource_broker/v1/config.pb.h"

namespace resource_broker::broker {

struct NumberRule {
  // As in broker.json: "limits.maxSessions".
  absl::string_view key;
  // 0: said elsewhere.
  uint32_t fallback;
  uint32_t least;
  uint32_t most;
};
absl::Span<const NumberRule> NumberRules();

struct WordRule {
  std::string key;
  // The first is the default.
  std::vector<std::string> words;
};
const std::vector<WordRule>& WordRules();

// Fill in the defaults and check the rest; InvalidArgument names the key.
absl::Status ApplyNumbers(v1::BrokerConfig* config);
absl::Status ApplyWords(v1::BrokerConfig* config);

// "1 to 4096"; empty where there is no such rule.
std::string RangeOf(absl::string_view key);

}  // namespace resource_broker::broker
