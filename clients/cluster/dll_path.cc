#include "clients/cluster/dll_path.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "resource_modules/sdk/program.h"

namespace resource_broker::cluster {
namespace {

// Windows' longest path without the long form.
constexpr size_t kMaxPath = 259;

absl::Status Wrong(absl::string_view text, absl::string_view fault) {
  return absl::InvalidArgumentError(absl::StrCat(
      "\"", text, "\" ", fault,
      "; it must be the full path of a .dll on a local drive, the same on every node, such as ", kInstalledBridge));
}

absl::StatusOr<std::string> Expand(absl::string_view text) {
  const std::vector<std::string> pieces = absl::StrSplit(text, '%');
  if (pieces.size() % 2 == 0) return Wrong(text, "has a % without its other one");
  std::string expanded;
  for (size_t i = 0; i < pieces.size(); ++i) {
    if (i % 2 == 0) {
      absl::StrAppend(&expanded, pieces[i]);
      continue;
    }
    const std::optional<std::string> value = sdk::EnvironmentVariable(pieces[i]);
    if (!value.has_value() || value->empty()) {
      return Wrong(text, absl::StrCat("names %", pieces[i], "%, which is not in this machine's environment"));
    }
    absl::StrAppend(&expanded, *value);
  }
  return expanded;
}

bool Unfit(char character) {
  return static_cast<unsigned char>(character) < 0x20 || absl::StrContains("\"<>|?*/:", character);
}

}  // namespace

absl::StatusOr<std::string> DllPath(absl::string_view text) {
  absl::StatusOr<std::string> path = Expand(text);
  if (!path.ok()) return path;
  if (path->size() < 4 || !absl::ascii_isalpha(static_cast<unsigned char>((*path)[0])) ||
      !absl::StartsWith(path->substr(1), ":\\")) {
    return Wrong(text, "is no full path");
  }
  if (!absl::EndsWithIgnoreCase(*path, ".dll")) return Wrong(text, "does not end in .dll");
  if (path->size() > kMaxPath) return Wrong(text, absl::StrCat("is longer than ", kMaxPath, " characters"));
  const std::string rest = path->substr(3);
  if (std::any_of(rest.begin(), rest.end(), Unfit)) return Wrong(text, "has a character that no path of Windows has");
  for (const absl::string_view part : absl::StrSplit(rest, '\\')) {
    if (part.empty() || part == "." || part == "..") return Wrong(text, "has an empty part, . or ..");
  }
  return path;
}

bool SameDll(absl::string_view a, absl::string_view b) {
  const absl::StatusOr<std::string> expanded_a = Expand(a);
  const absl::StatusOr<std::string> expanded_b = Expand(b);
  return absl::EqualsIgnoreCase(expanded_a.ok() ? *expanded_a : a, expanded_b.ok() ? *expanded_b : b);
}

}  // namespace resource_broker::cluster
