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
#include "broker_service/modules/file_set.h"
#include "broker_service/modules/inner_path.h"
#include "google/protobuf/util/json_util.h"

namespace resource_broker::broker {
namespace {

constexpr size_t kMaxNameBytes = 64;
constexpr size_t kMaxVersionBytes = 64;
constexpr int kMaxArguments = 64;
constexpr size_t kMaxTextBytes = 1024;
constexpr int kMaxResourceTypes = 64;
constexpr size_t kMaxTypeBytes = 256;
constexpr size_t kHashDigits = 64;
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

bool IsControl(char c) { return absl::ascii_iscntrl(static_cast<unsigned char>(c)); }

absl::Status CheckResourceTypes(const v1::ModuleManifest& manifest) {
  if (manifest.resource_types_size() > kMaxResourceTypes) {
    return absl::InvalidArgumentError("resource_types: more than 64");
  }
  for (const std::string& type : manifest.resource_types()) {
    if (type.empty() || type.size() > kMaxTypeBytes || std::any_of(type.begin(), type.end(), IsControl)) {
      return absl::InvalidArgumentError("resource_types: each must be 1 to 256 bytes without control characters");
    }
  }
  return absl::OkStatus();
}

bool IsLowerHex(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); }

absl::Status CheckFiles(const v1::ModuleManifest& manifest) {
  if (manifest.files().empty()) return absl::OkStatus();
  FileSet files;
  for (const char* own : {kManifestFile, kSignatureFile}) {
    if (absl::Status status = files.Add(own); !status.ok()) return status;
  }
  for (const auto& [path, hash] : manifest.files()) {
    if (absl::Status status = files.Add(path); !status.ok()) {
      return absl::InvalidArgumentError(absl::StrCat("files: ", status.message()));
    }
    if (hash.size() != kHashDigits || !std::all_of(hash.begin(), hash.end(), IsLowerHex)) {
      return absl::InvalidArgumentError(absl::StrCat("files: ", path, ": must be a SHA-256: 64 of 0-9 and a-f"));
    }
  }
  if (!files.Contains(manifest.command()) && !files.Contains(absl::StrCat(manifest.command(), ".exe"))) {
    return absl::InvalidArgumentError(absl::StrCat("files: ", manifest.command(), ", the command, is missing"));
  }
  return absl::OkStatus();
}

absl::Status Check(const v1::ModuleManifest& manifest) {
  if (!IsModuleName(manifest.name())) {
    return absl::InvalidArgumentError("name: must be 1 to 64 of a-z, 0-9 and _");
  }
  if (!IsModuleVersion(manifest.version())) {
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
  if (absl::Status status = CheckResourceTypes(manifest); !status.ok()) return status;
  return CheckFiles(manifest);
}

}  // namespace

bool IsModuleName(std::string_view name) {
  return !name.empty() && name.size() <= kMaxNameBytes && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  });
}

bool IsModuleVersion(std::string_view version) {
  return version.size() <= kMaxVersionBytes && ParseVersion(version).has_value();
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
