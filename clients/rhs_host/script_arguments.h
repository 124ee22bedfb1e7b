// The words of one command, taken one after the other and by name.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "clients/names/names.h"
#include "clients/rhs_host/script_words.h"

namespace resource_broker::rhs_host {

// Each accessor takes what it returns. What does not parse or is left over in the end is an error; the first one is
// kept, so that a caller takes all it wants and asks once.
class ScriptArguments {
 public:
  explicit ScriptArguments(const std::vector<Word>& words);

  bool Empty() const { return words_.empty(); }

  // The next word, which must have no operator. `what` names it in the error if it is missing.
  std::string NextPlain(absl::string_view what);
  // The next word as it is; `what` as above.
  std::string NextAny(absl::string_view what);
  Word NextWord();
  // All words that are left, with one space between.
  std::string Rest();

  // The value of name=value; absent if there is none.
  std::optional<std::string> Text(absl::string_view name);
  std::optional<uint32_t> OptionalNumber(absl::string_view name);
  uint32_t Number(absl::string_view name, uint32_t absent);
  uint32_t Flags(absl::string_view name, names::FlagSet set);
  std::optional<absl::Duration> Duration(absl::string_view name);

  // Records a problem, unless there is one already.
  void Fail(absl::string_view problem);

  // InvalidArgument with the first problem, or naming the first word that nobody took.
  absl::Status Finish();

 private:
  std::deque<Word> words_;
  std::string problem_;
};

}  // namespace resource_broker::rhs_host
