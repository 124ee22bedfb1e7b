#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "clients/brokerctl/json.h"

namespace resource_broker::brokerctl {
namespace {

// Deeper than any message of the contracts.
constexpr int kMaxDepth = 64;

// Whether a string without quotes is read back as a string, by readers of YAML 1.1 as well.
bool IsPlain(const std::string& text) {
  static constexpr const char* kWords[] = {"true", "false", "yes", "no", "on", "off", "null", "y", "n"};
  const auto is_word = [&](const char* word) { return absl::EqualsIgnoreCase(text, word); };
  if (text.empty() || !absl::ascii_isalpha(static_cast<unsigned char>(text.front())) || text.back() == ' ' ||
      std::any_of(std::begin(kWords), std::end(kWords), is_word)) {
    return false;
  }
  return std::all_of(text.begin(), text.end(), [](unsigned char character) {
    return absl::ascii_isalnum(character) || absl::StrContains("_-./ ", static_cast<char>(character));
  });
}

// In JSON a quoted scalar is a string, and one without quotes a number, a boolean or null.
void Emit(const YAML::Node& node, int depth, YAML::Emitter* out) {
  if (depth > kMaxDepth) throw YAML::Exception(node.Mark(), "too deep");
  if (node.IsMap()) {
    *out << YAML::BeginMap;
    for (const auto& entry : node) {
      *out << YAML::Key;
      Emit(entry.first, depth + 1, out);
      *out << YAML::Value;
      Emit(entry.second, depth + 1, out);
    }
    *out << YAML::EndMap;
  } else if (node.IsSequence()) {
    *out << YAML::BeginSeq;
    for (const auto& element : node) Emit(element, depth + 1, out);
    *out << YAML::EndSeq;
  } else if (node.IsScalar() && node.Tag() == "!" && !IsPlain(node.Scalar())) {
    *out << YAML::DoubleQuoted << node.Scalar();
  } else if (node.IsScalar()) {
    *out << node.Scalar();
  } else {
    *out << YAML::Null;
  }
}

}  // namespace

absl::StatusOr<std::string> YamlOfJson(const std::string& json) {
  try {
    YAML::Emitter out;
    out.SetSeqFormat(YAML::Block);
    out.SetMapFormat(YAML::Block);
    Emit(YAML::Load(json), 0, &out);
    if (!out.good()) return absl::InternalError(absl::StrCat("YAML: ", out.GetLastError()));
    return absl::StrCat(out.c_str(), "\n");
  } catch (const YAML::Exception& error) {
    return absl::InternalError(absl::StrCat("can't be written as YAML, use -o json: ", error.what()));
  }
}

}  // namespace resource_broker::brokerctl
