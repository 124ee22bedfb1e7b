#include "clients/cluster/testing/stand_in_state.h"

#include <filesystem>
#include <fstream>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace resource_broker::cluster::testing {
namespace {

uint32_t Number(const std::string& text) {
  uint32_t number = 0;
  return absl::SimpleAtoi(text, &number) ? number : 0;
}

}  // namespace

StandInState StandInState::Load(const std::string& file) {
  StandInState state;
  std::ifstream stream(std::filesystem::u8path(file), std::ios::binary);
  for (std::string line; std::getline(stream, line);) {
    const std::vector<std::string> words = absl::StrSplit(absl::StripSuffix(line, "\r"), '\t');
    if (words[0] == "type" && words.size() == 4) {
      state.types.push_back({words[1], words[2], words[3], {}});
    } else if (words[0] == "number" && words.size() == 4) {
      if (Type* type = state.FindType(words[1]); type != nullptr) type->numbers[words[2]] = Number(words[3]);
    } else if (!words[0].empty()) {
      state.lines.push_back(words);
    }
  }
  return state;
}

void StandInState::Save(const std::string& file) const {
  std::ofstream stream(std::filesystem::u8path(file), std::ios::binary);
  for (const std::vector<std::string>& words : lines) stream << absl::StrJoin(words, "\t") << "\n";
  for (const Type& type : types) {
    stream << "type\t" << type.name << "\t" << type.display_name << "\t" << type.dll << "\n";
    for (const auto& [name, number] : type.numbers) {
      stream << "number\t" << type.name << "\t" << name << "\t" << number << "\n";
    }
  }
}

StandInState::Type* StandInState::FindType(const std::string& name) {
  for (Type& type : types) {
    if (absl::EqualsIgnoreCase(type.name, name)) return &type;
  }
  return nullptr;
}

uint32_t StandInState::Failure(const std::string& function) const {
  for (const std::vector<std::string>& words : Lines("fail")) {
    if (words.size() == 3 && words[1] == function) return Number(words[2]);
  }
  return 0;
}

std::vector<std::vector<std::string>> StandInState::Lines(absl::string_view kind) const {
  std::vector<std::vector<std::string>> found;
  for (const std::vector<std::string>& words : lines) {
    if (words[0] == kind) found.push_back(words);
  }
  return found;
}

}  // namespace resource_broker::cluster::testing
