#include "clients/brokerctl/completion.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace resource_broker::brokerctl {
namespace {

// Where the typed words have led to.
struct Place {
  const CLI::App* command;
  // The option whose value comes next.
  const CLI::Option* value_of = nullptr;
  std::vector<std::string> globals;
  std::vector<std::string> positionals;
  bool only_positionals = false;
};

bool TakesValue(const CLI::Option& option) { return option.get_items_expected_max() > 0; }

// Options may be given to a command or to those above it.
const CLI::Option* FindOption(const CLI::App* command, const std::string& name) {
  for (; command != nullptr; command = command->get_parent()) {
    for (const CLI::Option* option : command->get_options()) {
      if (!option->get_positional() && option->check_name(name)) return option;
    }
  }
  return nullptr;
}

bool IsGlobal(const CLI::App* root, const CLI::Option* option) {
  const std::vector<const CLI::Option*> options = root->get_options();
  return std::find(options.begin(), options.end(), option) != options.end();
}

void TakeOption(const CLI::App& root, const std::string& word, Place* place) {
  const size_t end = word.find('=');
  const bool lengthy = absl::StartsWith(word, "--");
  const std::string name = lengthy ? word.substr(0, end) : word.substr(0, 2);
  const CLI::Option* option = FindOption(place->command, name);
  if (option == nullptr) return;
  const bool has_value = lengthy ? end != std::string::npos : word.size() > 2;
  if (TakesValue(*option) && !has_value) place->value_of = option;
  if (IsGlobal(&root, option)) place->globals.push_back(word);
}

void Take(const CLI::App& root, const std::string& word, Place* place) {
  if (place->value_of != nullptr) {
    if (IsGlobal(&root, place->value_of)) place->globals.push_back(word);
    place->value_of = nullptr;
  } else if (place->only_positionals) {
    place->positionals.push_back(word);
  } else if (word == "--") {
    place->only_positionals = true;
  } else if (word.size() > 1 && word[0] == '-') {
    TakeOption(root, word, place);
  } else {
    const auto named = [&](const CLI::App* command) { return command->check_name(word); };
    const std::vector<const CLI::App*> found = place->command->get_subcommands(named);
    if (!found.empty() && place->positionals.empty()) {
      place->command = found[0];
    } else {
      place->positionals.push_back(word);
    }
  }
}

void AddSubcommands(const CLI::App& command, Completion* completion) {
  const auto visible = [](const CLI::App* one) { return !one->get_group().empty(); };
  for (const CLI::App* one : command.get_subcommands(visible)) {
    completion->candidates.push_back({one->get_name(), one->get_description()});
  }
}

void AddOptions(const CLI::App* command, Completion* completion) {
  for (; command != nullptr; command = command->get_parent()) {
    for (const CLI::Option* option : command->get_options()) {
      for (const std::string& name : option->get_lnames()) {
        completion->candidates.push_back({absl::StrCat("--", name), option->get_description()});
      }
    }
  }
}

// Values by the option's type: those in braces are all there are, a word in capitals is looked up.
void AddValues(const std::string& type, const Place& place, const Lookup& lookup, Completion* completion) {
  const size_t open = type.find('{');
  const size_t close = type.find('}');
  if (open != std::string::npos && close != std::string::npos && open < close) {
    for (const std::string& value :
         std::vector<std::string>(absl::StrSplit(type.substr(open + 1, close - open - 1), ',', absl::SkipEmpty()))) {
      completion->candidates.push_back({value, ""});
    }
  } else if (type == "FILE" || type == "DIRECTORY" || type == "PATH") {
    completion->files = true;
  } else {
    completion->candidates = lookup(type, place.globals, place.positionals);
  }
}

// Which positional comes next; one that takes many takes all that follow.
const CLI::Option* NextPositional(const Place& place) {
  size_t left = place.positionals.size();
  for (const CLI::Option* option : place.command->get_options()) {
    if (!option->get_positional()) continue;
    if (left == 0 || option->get_items_expected_max() > 1) return option;
    --left;
  }
  return nullptr;
}

}  // namespace

std::vector<std::string> SplitLine(const std::string& line) {
  std::vector<std::string> words = {""};
  bool begun = false;
  char quote = 0;
  for (size_t i = 0; i < line.size(); ++i) {
    const char character = line[i];
    if (quote != '\'' && character == '\\' && i + 1 < line.size() && absl::StrContains(" \"'\\", line[i + 1])) {
      words.back().push_back(line[++i]);
    } else if (quote == 0 && (character == ' ' || character == '\t')) {
      if (begun) words.emplace_back();
      begun = false;
      continue;
    } else if (character == quote) {
      quote = 0;
    } else if (quote == 0 && (character == '"' || character == '\'')) {
      quote = character;
    } else {
      words.back().push_back(character);
    }
    begun = true;
  }
  return words;
}

Completion Complete(const CLI::App& app, const std::vector<std::string>& words, const Lookup& lookup) {
  Place place{&app};
  for (size_t i = 0; i + 1 < words.size(); ++i) Take(app, words[i], &place);
  const std::string current = words.empty() ? "" : words.back();
  Completion completion;
  if (place.value_of != nullptr) {
    AddValues(place.value_of->get_type_name(), place, lookup, &completion);
  } else if (absl::StartsWith(current, "-") && !place.only_positionals) {
    AddOptions(place.command, &completion);
  } else if (!place.command->get_subcommands([](const CLI::App*) { return true; }).empty()) {
    AddSubcommands(*place.command, &completion);
  } else if (const CLI::Option* positional = NextPositional(place)) {
    const std::string type = positional->get_type_name();
    const bool listed = absl::StrContains(type, '{');
    AddValues(listed ? type : positional->get_name(true), place, lookup, &completion);
  }
  const auto other = [&](const Candidate& candidate) { return !absl::StartsWith(candidate.text, current); };
  auto& candidates = completion.candidates;
  candidates.erase(std::remove_if(candidates.begin(), candidates.end(), other), candidates.end());
  return completion;
}

}  // namespace resource_broker::brokerctl
