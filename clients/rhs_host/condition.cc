#include "clients/rhs_host/condition.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "clients/names/names.h"
#include "clients/rhs_host/bytes.h"
#include "clients/rhs_host/script_values.h"

namespace resource_broker::rhs_host {
namespace {

using Number = std::function<int64_t(const ResourceView&)>;
using Shown = std::function<std::string(int64_t)>;

std::function<bool(int64_t, int64_t)> Comparison(const std::string& op) {
  if (op == "=") return [](int64_t a, int64_t b) { return a == b; };
  if (op == "!=") return [](int64_t a, int64_t b) { return a != b; };
  if (op == ">=") return [](int64_t a, int64_t b) { return a >= b; };
  if (op == "<=") return [](int64_t a, int64_t b) { return a <= b; };
  if (op == ">") return [](int64_t a, int64_t b) { return a > b; };
  return [](int64_t a, int64_t b) { return a < b; };
}

Condition Compare(const Word& word, Number number, int64_t wanted, Shown shown) {
  return {word.text,
          [number, wanted, compare = Comparison(word.op)](const ResourceView& view) {
            return compare(number(view), wanted);
          },
          [number, shown = std::move(shown)](const ResourceView& view) { return shown(number(view)); }};
}

std::string Decimal(int64_t value) { return absl::StrCat(value); }
std::string Win32(int64_t value) { return names::FormatWin32(static_cast<uint32_t>(value)); }
std::string StatusFlags(int64_t value) {
  return names::FormatFlags(names::FlagSet::kStatus, static_cast<uint32_t>(value));
}
std::string State(int64_t value) { return names::StateName(static_cast<int32_t>(value)); }
std::string Truth(int64_t value) { return value != 0 ? "true" : "false"; }

struct Key {
  const char* name;
  Number number;
  Shown shown;
  enum class Value { kNumber, kState, kFlags, kTruth } value = Value::kNumber;
};

const std::vector<Key>& Keys() {
  using View = ResourceView;
  static const std::vector<Key>* const keys = new std::vector<Key>{
      {"state", [](const View& v) { return int64_t{v.state}; }, &State, Key::Value::kState},
      {"checkpoints", [](const View& v) { return int64_t{v.reports - v.final_reports}; }, &Decimal},
      {"reports", [](const View& v) { return int64_t{v.reports}; }, &Decimal},
      {"final-reports", [](const View& v) { return int64_t{v.final_reports}; }, &Decimal},
      {"checkpoint", [](const View& v) { return int64_t{v.last_report.CheckPoint}; }, &Decimal},
      {"app", [](const View& v) { return int64_t{v.last_report.ApplicationSpecificErrorCode}; }, &Win32},
      {"flags", [](const View& v) { return int64_t{v.last_report.Flags}; }, &StatusFlags, Key::Value::kFlags},
      {"last", [](const View& v) { return int64_t{v.last.code}; }, &Win32},
      {"bytes", [](const View& v) { return int64_t{v.last.bytes_returned}; }, &Decimal},
      {"failures", [](const View& v) { return int64_t{v.failures}; }, &Decimal},
      {"violations", [](const View& v) { return int64_t{v.violations}; }, &Decimal},
      {"alive", [](const View& v) { return int64_t{v.last.code != 0}; }, &Truth, Key::Value::kTruth},
      {"open", [](const View& v) { return int64_t{v.open}; }, &Truth, Key::Value::kTruth},
      {"pending", [](const View& v) { return int64_t{v.pending}; }, &Truth, Key::Value::kTruth},
      {"locked", [](const View& v) { return int64_t{v.locked}; }, &Truth, Key::Value::kTruth},
  };
  return *keys;
}

absl::StatusOr<int64_t> ParseWanted(Key::Value value, const std::string& text) {
  switch (value) {
    case Key::Value::kState:
      return names::ParseState(text);
    case Key::Value::kFlags:
      return names::ParseFlags(names::FlagSet::kStatus, text);
    case Key::Value::kTruth: {
      absl::StatusOr<bool> truth = ParseTruth(text);
      if (!truth.ok()) return truth.status();
      return int64_t{*truth};
    }
    case Key::Value::kNumber:
      return names::ParseNumber(text);
  }
  return absl::InternalError("a value without a parser");
}

absl::Status NeedsEquality(const Word& word, bool unequal_too) {
  if (word.op == "=" || (unequal_too && word.op == "!=")) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("\"", word.text, "\": ", word.name, " can't be compared with ", word.op));
}

absl::StatusOr<Condition> ParseReturnUnder(const Word& word) {
  if (absl::Status status = NeedsEquality(word, false); !status.ok()) return status;
  absl::StatusOr<absl::Duration> limit = names::ParseDuration(word.value);
  if (!limit.ok()) return limit.status();
  return Condition{word.text, [limit = *limit](const ResourceView& view) { return view.last.duration < limit; },
                   [](const ResourceView& view) {
                     return absl::StrFormat("%.3f ms", absl::ToDoubleMilliseconds(view.last.duration));
                   }};
}

absl::StatusOr<Condition> ParseOut(const Word& word) {
  if (absl::Status status = NeedsEquality(word, true); !status.ok()) return status;
  absl::StatusOr<std::vector<uint8_t>> bytes = ParseHexadecimal(word.value);
  if (!bytes.ok()) return bytes.status();
  return Condition{
      word.text,
      [bytes = *bytes, equal = word.op == "="](const ResourceView& view) { return (view.last.out == bytes) == equal; },
      [](const ResourceView& view) { return FormatHexadecimal(view.last.out); }};
}

}  // namespace

absl::StatusOr<Condition> ParseCondition(const Word& word) {
  if (word.op.empty()) return absl::InvalidArgumentError(absl::StrCat("\"", word.text, "\" is not a condition"));
  if (word.name == "return-under") return ParseReturnUnder(word);
  if (word.name == "out") return ParseOut(word);
  const auto key = std::find_if(Keys().begin(), Keys().end(), [&](const Key& k) { return word.name == k.name; });
  if (key == Keys().end()) {
    std::string known;
    for (const Key& k : Keys()) absl::StrAppend(&known, k.name, ", ");
    return absl::InvalidArgumentError(
        absl::StrCat("\"", word.text, "\": unknown condition; known are ", known, "out, return-under"));
  }
  if (key->value != Key::Value::kNumber) {
    if (absl::Status status = NeedsEquality(word, true); !status.ok()) return status;
  }
  absl::StatusOr<int64_t> wanted = ParseWanted(key->value, word.value);
  if (!wanted.ok()) return wanted.status();
  return Compare(word, key->number, *wanted, key->shown);
}

}  // namespace resource_broker::rhs_host
