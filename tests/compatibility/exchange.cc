#include "tests/compatibility/exchange.h"

#include <fstream>
#include <iterator>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace resource_broker::compatibility {
namespace {

std::string Hex(const std::string& bytes) { return bytes.empty() ? "-" : absl::BytesToHexString(bytes); }

bool ParseHex(const std::string& text, std::string* bytes) {
  if (text == "-") return true;
  *bytes = absl::HexStringToBytes(text);
  return absl::BytesToHexString(*bytes) == text;
}

bool ParseLine(const std::vector<std::string>& words, Entry* entry) {
  if (words.size() < 3 || !absl::SimpleAtoi(words[0], &entry->call)) return false;
  if (words[1] == "call" && words.size() == 4) {
    entry->kind = Entry::Kind::kCall;
    entry->method = words[2];
    return ParseHex(words[3], &entry->bytes);
  }
  if (words[1] == "answer" && words.size() == 3) {
    entry->kind = Entry::Kind::kAnswer;
    return ParseHex(words[2], &entry->bytes);
  }
  entry->kind = Entry::Kind::kEnd;
  if (words.size() == 4) entry->bytes = words[3];
  return words[1] == "end" && absl::SimpleAtoi(words[2], &entry->status);
}

}  // namespace

std::string Print(const Entry& entry) {
  switch (entry.kind) {
    case Entry::Kind::kCall:
      return absl::StrCat(entry.call, " call ", entry.method, " ", Hex(entry.bytes), "\n");
    case Entry::Kind::kAnswer:
      return absl::StrCat(entry.call, " answer ", Hex(entry.bytes), "\n");
    case Entry::Kind::kEnd:
      return absl::StrCat(entry.call, " end ", entry.status, entry.bytes.empty() ? "" : " ", entry.bytes, "\n");
  }
  return "";
}

absl::StatusOr<Exchange> ParseExchange(absl::string_view text) {
  Exchange exchange;
  int number = 0;
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    ++number;
    if (line.empty() || line[0] == '#') continue;
    Entry entry;
    if (!ParseLine(absl::StrSplit(line, absl::MaxSplits(' ', 3)), &entry)) {
      return absl::InvalidArgumentError(absl::StrCat("line ", number, ": ", line));
    }
    exchange.push_back(std::move(entry));
  }
  return exchange;
}

absl::StatusOr<Exchange> ReadExchange(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  if (!stream) return absl::NotFoundError(absl::StrCat(path, " can't be read"));
  return ParseExchange(std::string{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()});
}

}  // namespace resource_broker::compatibility
