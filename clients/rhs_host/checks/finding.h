// What a check found out.
#pragma once

#include <string>

#include "absl/strings/string_view.h"

namespace resource_broker::rhs_host {

enum class Outcome {
  kPass,
  // Allowed, and yet not as it should be.
  kWarning,
  kFail,
  // What the rule is about did not come up, or something else is broken that the check needs.
  kNotJudged,
};

// "pass", "warning", "fail", "not judged".
absl::string_view OutcomeName(Outcome outcome);

struct Finding {
  Outcome outcome = Outcome::kNotJudged;
  // What was seen, or why nothing could be: a sentence without an end.
  std::string evidence;
};

inline Finding Pass(std::string evidence) { return {Outcome::kPass, std::move(evidence)}; }
inline Finding Warning(std::string evidence) { return {Outcome::kWarning, std::move(evidence)}; }
inline Finding Fail(std::string evidence) { return {Outcome::kFail, std::move(evidence)}; }
inline Finding NotJudged(std::string evidence) { return {Outcome::kNotJudged, std::move(evidence)}; }

}  // namespace resource_broker::rhs_host
