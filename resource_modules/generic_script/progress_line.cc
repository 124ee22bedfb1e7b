#include "resource_modules/generic_script/progress_line.h"

#include "absl/strings/numbers.h"
#include "absl/strings/strip.h"

namespace resource_broker::generic_script {

std::optional<ProgressLine> ParseProgress(absl::string_view line) {
  if (!absl::ConsumePrefix(&line, "PROGRESS ")) return std::nullopt;
  ProgressLine progress;
  absl::string_view percent = line.substr(0, line.find(' '));
  progress.message = percent.size() == line.size() ? absl::string_view() : line.substr(percent.size() + 1);
  if (percent == "-") return progress;
  uint32_t number = 0;
  if (!absl::SimpleAtoi(percent, &number) || number > 100) return std::nullopt;
  progress.percent = number;
  return progress;
}

}  // namespace resource_broker::generic_script
