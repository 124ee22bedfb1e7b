#include "clients/names/explanations.h"

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "clients/names/explanation_tables.h"

namespace resource_broker::names {
namespace {

constexpr uint32_t kWin32Facility = 0x80070000;
constexpr uint32_t kFacilityMask = 0xFFFF0000;

bool ParseAnyNumber(absl::string_view text, uint32_t* number, bool* hexadecimal) {
  *hexadecimal = absl::StartsWithIgnoreCase(text, "0x");
  if (*hexadecimal) return absl::SimpleHexAtoi(text, number);
  int64_t value = 0;
  if (!absl::SimpleAtoi(text, &value) || value < INT32_MIN || value > int64_t{UINT32_MAX}) return false;
  *number = static_cast<uint32_t>(value);
  return true;
}

bool IsFlag(const Explanation& explanation) { return absl::EndsWith(explanation.kind, " flag"); }

std::vector<Explanation> ExplainNumber(uint32_t number, bool hexadecimal) {
  const bool result = (number & kFacilityMask) == kWin32Facility;
  const uint32_t code = result ? number & ~kFacilityMask : number;
  std::vector<Explanation> found;
  for (const Explanation& explanation : AllExplanations()) {
    if (IsFlag(explanation)) {
      const bool bits = explanation.kind == "offline flag" || explanation.kind == "status flag";
      if (hexadecimal && !result && bits && (number & explanation.number) != 0) found.push_back(explanation);
    } else if (explanation.number == code && (!result || explanation.kind == "win32")) {
      found.push_back(explanation);
    }
  }
  return found;
}

}  // namespace

std::vector<Explanation> AllExplanations() {
  std::vector<Explanation> all;
  for (const auto& table : {Win32Explanations(), FlagExplanations(), StateExplanations()}) {
    all.insert(all.end(), table.begin(), table.end());
  }
  return all;
}

std::vector<Explanation> Explain(absl::string_view text) {
  uint32_t number = 0;
  bool hexadecimal = false;
  if (ParseAnyNumber(text, &number, &hexadecimal)) return ExplainNumber(number, hexadecimal);
  std::vector<Explanation> found;
  for (absl::string_view word : absl::StrSplit(text, '|', absl::SkipWhitespace())) {
    word = absl::StripAsciiWhitespace(word);
    for (const Explanation& explanation : AllExplanations()) {
      absl::string_view name = explanation.name;
      const bool same = absl::EqualsIgnoreCase(name, word) ||
                        (absl::ConsumePrefix(&name, "ERROR_") && absl::EqualsIgnoreCase(name, word));
      if (same) found.push_back(explanation);
    }
  }
  return found;
}

}  // namespace resource_broker::names
