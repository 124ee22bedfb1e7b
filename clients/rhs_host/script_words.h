// A script's text taken apart into lines of words.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace resource_broker::rhs_host {

// One word of a line: `wait`, `r1`, `flags=QUEUE_ENABLED`, `checkpoints>=3`, `in=text:"two words"`.
struct Word {
  // All of it, without its quotes; the value alone for a word without an operator.
  std::string text;
  // The parts around the first = != >= <= > < outside quotes; an empty `op` for a word without one.
  std::string name;
  std::string op;
  std::string value;
};

struct Line {
  // From 1, in the text.
  int number = 0;
  // Whether an `&` came first.
  bool background = false;
  // At least one.
  std::vector<Word> words;
};

// Splits at newlines, drops comments (from a `#` that begins a word) and empty lines, resolves quotes, and repeats the
// body of
//
//   for NAME in FIRST..LAST : BODY ; BODY ; …
//
// with {NAME} replaced by each number from FIRST to LAST, both included. A body may itself be a `for`. Quotes are "…",
// with \" and \\ inside; they may begin anywhere in a word. InvalidArgument begins with "line N: ". At most 100,000
// lines come out.
absl::StatusOr<std::vector<Line>> SplitScript(absl::string_view text);

}  // namespace resource_broker::rhs_host
