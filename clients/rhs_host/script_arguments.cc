#include "clients/rhs_host/script_arguments.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "clients/rhs_host/script_values.h"

namespace resource_broker::rhs_host {

ScriptArguments::ScriptArguments(const std::vector<Word>& words) : words_(words.begin(), words.end()) {}

Word ScriptArguments::NextWord() {
  Word word = std::move(words_.front());
  words_.pop_front();
  return word;
}

std::string ScriptArguments::NextPlain(absl::string_view what) {
  if (Empty() || !words_.front().op.empty()) {
    Fail(absl::StrCat(what, " is missing"));
    return "";
  }
  return NextWord().text;
}

std::string ScriptArguments::NextAny(absl::string_view what) {
  if (Empty()) {
    Fail(absl::StrCat(what, " is missing"));
    return "";
  }
  return NextWord().text;
}

std::string ScriptArguments::Rest() {
  std::string text;
  while (!Empty()) absl::StrAppend(&text, text.empty() ? "" : " ", NextWord().text);
  return text;
}

std::optional<std::string> ScriptArguments::Text(absl::string_view name) {
  const auto found =
      std::find_if(words_.begin(), words_.end(), [&](const Word& word) { return word.op == "=" && word.name == name; });
  if (found == words_.end()) return std::nullopt;
  std::string value = std::move(found->value);
  words_.erase(found);
  return value;
}

std::optional<uint32_t> ScriptArguments::OptionalNumber(absl::string_view name) {
  const std::optional<std::string> text = Text(name);
  if (!text) return std::nullopt;
  absl::StatusOr<uint32_t> number = names::ParseNumber(*text);
  if (!number.ok()) Fail(absl::StrCat(name, ": ", number.status().message()));
  return number.value_or(0);
}

uint32_t ScriptArguments::Number(absl::string_view name, uint32_t absent) {
  return OptionalNumber(name).value_or(absent);
}

uint32_t ScriptArguments::Flags(absl::string_view name, names::FlagSet set) {
  const std::optional<std::string> text = Text(name);
  if (!text) return 0;
  absl::StatusOr<uint32_t> flags = names::ParseFlags(set, *text);
  if (!flags.ok()) Fail(absl::StrCat(name, ": ", flags.status().message()));
  return flags.value_or(0);
}

std::optional<absl::Duration> ScriptArguments::Duration(absl::string_view name) {
  const std::optional<std::string> text = Text(name);
  if (!text) return std::nullopt;
  absl::StatusOr<absl::Duration> duration = names::ParseDuration(*text);
  if (!duration.ok()) Fail(absl::StrCat(name, ": ", duration.status().message()));
  return duration.value_or(absl::ZeroDuration());
}

void ScriptArguments::Fail(absl::string_view problem) {
  if (problem_.empty()) problem_ = std::string(problem);
}

absl::Status ScriptArguments::Finish() {
  if (problem_.empty() && !Empty()) Fail(absl::StrCat("\"", words_.front().text, "\" is not understood here"));
  return problem_.empty() ? absl::OkStatus() : absl::InvalidArgumentError(problem_);
}

}  // namespace resource_broker::rhs_host
