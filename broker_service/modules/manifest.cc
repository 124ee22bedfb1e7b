#include "broker_service/modules/manifest.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "google/protobuf/util/json_util.h"

namespace resource_broker::broker {
namespace {

constexpr size_t kMaxNameBytes = 64;
constexpr size_t kMaxVersionBytes = 64;
constexpr size_t kMaxPathBytes = 255;
constexpr int kMaxArguments = 64;
constexpr size_t kMaxTextBytes = 1024;
constexpr uint64_t kMinMemoryBytes = 16 << 20;

struct Version {
  std::array<uint32_t, 3> numbers = {};
  std::string_view suffix;
};

bool IsSuffixCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-';
}

std::optional<Version> ParseVersion(std::string_view text) {
  Version version;
  const size_t dash = text.find('-');
  if (dash != std::string_view::npos) {
    version.suffix = text.substr(dash + 1);
    if (version.suffix.empty() || !std::all_of(version.suffix.begin(), version.suffix.end(), IsSuffixCharacter)) {
      return std::nullopt;
    }
    text = text.substr(0, dash);
  }
  const std::vector<std::string> parts = absl::StrSplit(absl::string_view(text.data(), text.size()), '.');
  if (parts.size() != version.numbers.size()) return std::nullopt;
  for (size_t i = 0; i < parts.size(); ++i) {
    const bool digits = !parts[i].empty() && std::all_of(parts[i].begin(), parts[i].end(), absl::ascii_isdigit);
    if (!digits || !absl::SimpleAtoi(parts[i], &version.numbers[i])) return std::nullopt;
  }
  return version;
}

// Forward slashes, inside the folder, whatever the platform makes of other characters.
bool IsInnerPath(std::string_view path) {
  if (path.empty() || path.size() > kMaxPathBytes) return false;
  if (path.find_first_of(std::string_view("\\:*?\"<>|\0", 9)) != std::string_view::npos) return false;
  for (const absl::string_view part : absl::StrSplit(absl::string_view(path.data(), path.size()), '/')) {
    if (part.empty() || part == "." || part == "..") return false;
  }
  return true;
}

absl::Status Check(const v1::ModuleManifest& manifest) {
  if (!IsModuleName(manifest.name())) {
    return absl::InvalidArgumentError("name: must be 1 to 64 of a-z, 0-9 and _");
  }
  if (manifest.version().size() > kMaxVersionBytes || !ParseVersion(manifest.version()).has_value()) {
    return absl::InvalidArgumentError("version: must be three numbers, perhaps with a suffix: 1.0.0 or 1.0.0-rc1");
  }
  if (manifest.min_protocol() < 1) return absl::InvalidArgumentError("min_protocol: must be 1 or more");
  if (manifest.max_protocol() < manifest.min_protocol()) {
    return absl::InvalidArgumentError("max_protocol: must be min_protocol or more");
  }
  if (!IsInnerPath(manifest.command())) {
    return absl::InvalidArgumentError("command: must be a path inside the module's folder, with forward slashes");
  }
  if (manifest.arguments_size() > kMaxArguments) return absl::InvalidArgumentError("arguments: more than 64");
  for (const std::string& argument : manifest.arguments()) {
    if (argument.size() > kMaxTextBytes || argument.find('\0') != std::string::npos) {
      return absl::InvalidArgumentError("arguments: each at most 1,024 bytes, without NUL");
    }
  }
  if (manifest.description().size() > kMaxTextBytes) {
    return absl::InvalidArgumentError("description: more than 1,024 bytes");
  }
  if (manifest.limits().memory_bytes() != 0 && manifest.limits().memory_bytes() < kMinMemoryBytes) {
    return absl::InvalidArgumentError("limits.memory_bytes: must be 16777216 (16 MiB) or more, or 0");
  }
  return absl::OkStatus();
}

}  // namespace

bool IsModuleName(std::string_view name) {
  return !name.empty() && name.size() <= kMaxNameBytes && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  });
}

bool OlderVersion(std::string_view a, std::string_view b) {
  const Version left = ParseVersion(a).value_or(Version());
  const Version right = ParseVersion(b).value_or(Version());
  if (left.numbers != right.numbers) return left.numbers < right.numbers;
  if (left.suffix.empty() != right.suffix.empty()) return !left.suffix.empty();
  return left.suffix < right.suffix;
}

absl::StatusOr<v1::ModuleManifest> ParseManifest(std::string_view json) {
  v1::ModuleManifest manifest;
  const auto parsed = google::protobuf::util::JsonStringToMessage({json.data(), json.size()}, &manifest);
  if (!parsed.ok()) {
    return absl::InvalidArgumentError(absl::string_view(parsed.message().data(), parsed.message().size()));
  }
  if (absl::Status status = Check(manifest); !status.ok()) return status;
  return manifest;
}

}  // namespace resource_broker::broker
