#include "clients/rhs_host/script_words.h"

#include <cstdint>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"

namespace resource_broker::rhs_host {
namespace {

constexpr size_t kMaxLines = 100'000;
constexpr int kMaxNesting = 4;

bool IsSpace(char c) { return absl::ascii_isspace(static_cast<unsigned char>(c)); }

// An operator at the beginning of `text`, the longest first.
absl::string_view OperatorAt(absl::string_view text) {
  for (absl::string_view op : {"!=", ">=", "<=", "=", ">", "<"}) {
    if (absl::StartsWith(text, op)) return op;
  }
  return {};
}

// Where the text ends that counts: before a comment. Quotes are respected, a missing end is found later.
absl::string_view WithoutComment(absl::string_view line) {
  bool quoted = false;
  for (size_t i = 0; i < line.size(); ++i) {
    if (quoted && line[i] == '\\') {
      ++i;
    } else if (line[i] == '"') {
      quoted = !quoted;
    } else if (line[i] == '#' && !quoted && (i == 0 || IsSpace(line[i - 1]))) {
      return line.substr(0, i);
    }
  }
  return line;
}

// Splits at each `;` that is a word of its own.
std::vector<absl::string_view> SplitBodies(absl::string_view text) {
  std::vector<absl::string_view> bodies;
  bool quoted = false;
  size_t begin = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (quoted && text[i] == '\\') {
      ++i;
    } else if (text[i] == '"') {
      quoted = !quoted;
    } else if (text[i] == ';' && !quoted && (i == 0 || IsSpace(text[i - 1])) &&
               (i + 1 == text.size() || IsSpace(text[i + 1]))) {
      bodies.push_back(text.substr(begin, i - begin));
      begin = i + 1;
    }
  }
  bodies.push_back(text.substr(begin));
  return bodies;
}

// Reads words off a line.
class WordReader {
 public:
  explicit WordReader(absl::string_view line) : line_(line) {}

  // Nothing at the end of the line.
  absl::StatusOr<std::optional<Word>> Read() {
    while (position_ < line_.size() && IsSpace(line_[position_])) ++position_;
    if (position_ == line_.size()) return std::nullopt;
    Word word;
    while (position_ < line_.size() && !IsSpace(line_[position_])) {
      const char c = line_[position_];
      if (c == '"') {
        if (absl::Status status = ReadQuoted(&word.text); !status.ok()) return status;
        continue;
      }
      const absl::string_view op = OperatorAt(line_.substr(position_));
      if (word.op.empty() && !op.empty() && !word.text.empty()) {
        word.name = word.text;
        word.op = std::string(op);
        absl::StrAppend(&word.text, op);
        position_ += op.size();
        continue;
      }
      word.text.push_back(c);
      ++position_;
    }
    word.value = word.op.empty() ? word.text : word.text.substr(word.name.size() + word.op.size());
    return word;
  }

 private:
  absl::Status ReadQuoted(std::string* text) {
    for (++position_; position_ < line_.size(); ++position_) {
      const char c = line_[position_];
      if (c == '"') {
        ++position_;
        return absl::OkStatus();
      }
      if (c != '\\') {
        text->push_back(c);
        continue;
      }
      ++position_;
      if (position_ == line_.size() || (line_[position_] != '"' && line_[position_] != '\\')) {
        return absl::InvalidArgumentError("inside quotes, \\ stands before \" or \\ only");
      }
      text->push_back(line_[position_]);
    }
    return absl::InvalidArgumentError("a quote is not closed");
  }

  const absl::string_view line_;
  size_t position_ = 0;
};

// "NAME in FIRST..LAST : BODY", after the `for`.
struct Loop {
  std::string placeholder;
  int64_t first = 0;
  int64_t last = 0;
  absl::string_view body;
};

absl::StatusOr<Loop> ParseLoop(absl::string_view text) {
  const auto wrong = absl::InvalidArgumentError("a loop is `for NAME in FIRST..LAST : COMMAND ; COMMAND`");
  const size_t colon = text.find(" : ");
  if (colon == absl::string_view::npos) return wrong;
  const std::vector<absl::string_view> head = absl::StrSplit(text.substr(0, colon), ' ', absl::SkipWhitespace());
  if (head.size() != 3 || head[1] != "in") return wrong;
  const std::vector<absl::string_view> range = absl::StrSplit(head[2], "..");
  Loop loop;
  if (range.size() != 2 || !absl::SimpleAtoi(range[0], &loop.first) || !absl::SimpleAtoi(range[1], &loop.last) ||
      loop.first < 0 || loop.last < loop.first) {
    return absl::InvalidArgumentError(absl::StrCat("\"", head[2], "\" is not a range FIRST..LAST of whole numbers"));
  }
  loop.placeholder = absl::StrCat("{", head[0], "}");
  loop.body = text.substr(colon + 3);
  return loop;
}

class Splitter {
 public:
  absl::Status Add(int number, absl::string_view text, int nesting) {
    text = absl::StripAsciiWhitespace(text);
    if (text.empty()) return absl::OkStatus();
    if (absl::ConsumePrefix(&text, "for ")) return AddLoop(number, text, nesting);
    if (lines_.size() == kMaxLines) {
      return absl::InvalidArgumentError(absl::StrCat("the script has more than ", kMaxLines, " commands"));
    }
    Line line;
    line.number = number;
    line.background = absl::ConsumePrefix(&text, "&");
    WordReader reader(text);
    for (;;) {
      absl::StatusOr<std::optional<Word>> word = reader.Read();
      if (!word.ok()) return word.status();
      if (!word->has_value()) break;
      line.words.push_back(*std::move(*word));
    }
    if (line.words.empty()) return absl::InvalidArgumentError("a command is missing after &");
    lines_.push_back(std::move(line));
    return absl::OkStatus();
  }

  std::vector<Line> TakeLines() { return std::move(lines_); }

 private:
  absl::Status AddLoop(int number, absl::string_view text, int nesting) {
    if (nesting == kMaxNesting) {
      return absl::InvalidArgumentError(absl::StrCat("loops are nested deeper than ", kMaxNesting));
    }
    absl::StatusOr<Loop> loop = ParseLoop(text);
    if (!loop.ok()) return loop.status();
    // A loop inside takes the rest of the line, with its own `;`.
    const absl::string_view body = absl::StripLeadingAsciiWhitespace(loop->body);
    const std::vector<absl::string_view> bodies =
        absl::StartsWith(body, "for ") ? std::vector<absl::string_view>{body} : SplitBodies(body);
    for (int64_t i = loop->first; i <= loop->last; ++i) {
      for (absl::string_view command : bodies) {
        const std::string replaced = absl::StrReplaceAll(command, {{loop->placeholder, absl::StrCat(i)}});
        absl::Status status = Add(number, replaced, nesting + 1);
        if (!status.ok()) return status;
      }
    }
    return absl::OkStatus();
  }

  std::vector<Line> lines_;
};

}  // namespace

absl::StatusOr<std::vector<Line>> SplitScript(absl::string_view text) {
  Splitter splitter;
  int number = 0;
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    ++number;
    absl::Status status = splitter.Add(number, WithoutComment(line), 0);
    if (!status.ok()) return absl::InvalidArgumentError(absl::StrCat("line ", number, ": ", status.message()));
  }
  return splitter.TakeLines();
}

}  // namespace resource_broker::rhs_host
