// PROGRESS lines of a script.
#pragma once

#include <cstdint>
#include <optional>

#include "absl/strings/string_view.h"

namespace resource_broker::generic_script {

struct ProgressLine {
  // 0 to 100; nullopt for "-".
  std::optional<uint32_t> percent;
  absl::string_view message;
};

// "PROGRESS <percent or -> <message>"; nullopt for any other line. The message is a part of `line`.
std::optional<ProgressLine> ParseProgress(absl::string_view line);

}  // namespace resource_broker::generic_script
