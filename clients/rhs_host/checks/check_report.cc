#include "clients/rhs_host/checks/check_report.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "clients/rhs_host/json.h"

namespace resource_broker::rhs_host {
namespace {

constexpr int kNameWidth = 27;

const char* ColourOf(Outcome outcome) {
  switch (outcome) {
    case Outcome::kPass:
      return "\x1b[32m";
    case Outcome::kWarning:
      return "\x1b[33m";
    case Outcome::kFail:
      return "\x1b[1;31m";
    case Outcome::kNotJudged:
      return "\x1b[2m";
  }
  return "";
}

std::string Xml(absl::string_view text) {
  std::string escaped =
      absl::StrReplaceAll(text, {{"&", "&amp;"}, {"<", "&lt;"}, {">", "&gt;"}, {"\"", "&quot;"}, {"\n", "&#10;"}});
  // XML has no way to write the other control characters.
  escaped.erase(
      std::remove_if(escaped.begin(), escaped.end(), [](char c) { return static_cast<unsigned char>(c) < 32; }),
      escaped.end());
  return escaped;
}

}  // namespace

void CheckReport::Add(Checked checked) {
  if (format_ == ReportFormat::kTable) WriteRow(checked);
  checked_.push_back(std::move(checked));
}

int CheckReport::Count(Outcome outcome) const {
  return static_cast<int>(std::count_if(checked_.begin(), checked_.end(),
                                        [&](const Checked& checked) { return checked.finding.outcome == outcome; }));
}

void CheckReport::WriteRow(const Checked& checked) {
  const Finding& finding = checked.finding;
  const std::string outcome = absl::StrFormat("%-10s", OutcomeName(finding.outcome));
  *out_ << absl::StrFormat("%2d  %-*s %s%s%s  %s\n", checked.check->point, kNameWidth, checked.check->name,
                           colour_ ? ColourOf(finding.outcome) : "", outcome, colour_ ? "\x1b[0m" : "",
                           finding.evidence);
  if (finding.outcome == Outcome::kFail || finding.outcome == Outcome::kWarning) {
    *out_ << absl::StrFormat("%*s rule: %s\n%*s from: %s\n", kNameWidth + 16, "", checked.check->rule, kNameWidth + 16,
                             "", checked.check->source);
  }
  out_->flush();
}

void CheckReport::Finish(const std::string& dll) {
  switch (format_) {
    case ReportFormat::kTable:
      *out_ << absl::StrFormat("%d passed, %d warning(s), %d failed, %d not judged\n", Count(Outcome::kPass),
                               Count(Outcome::kWarning), Count(Outcome::kFail), Count(Outcome::kNotJudged));
      return;
    case ReportFormat::kJson:
      WriteJson(dll);
      return;
    case ReportFormat::kJunit:
      WriteJunit(dll);
      return;
  }
}

// One array, an object a line.
void CheckReport::WriteJson(const std::string& dll) {
  *out_ << "[\n";
  for (size_t i = 0; i < checked_.size(); ++i) {
    const Checked& checked = checked_[i];
    JsonLine line;
    line.Add("dll", dll);
    line.Add("point", int64_t{checked.check->point});
    line.Add("check", std::string(checked.check->name));
    line.Add("outcome", std::string(OutcomeName(checked.finding.outcome)));
    line.Add("evidence", checked.finding.evidence);
    line.Add("rule", std::string(checked.check->rule));
    line.Add("source", std::string(checked.check->source));
    line.Add("duration_ms", absl::ToDoubleMilliseconds(checked.duration));
    *out_ << "  " << line.Finish() << (i + 1 < checked_.size() ? ",\n" : "\n");
  }
  *out_ << "]\n";
}

void CheckReport::WriteJunit(const std::string& dll) {
  *out_ << "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
        << absl::StrFormat("<testsuite name=\"rhs_host check %s\" tests=\"%d\" failures=\"%d\" skipped=\"%d\">\n",
                           Xml(dll), checked_.size(), Count(Outcome::kFail), Count(Outcome::kNotJudged));
  for (const Checked& checked : checked_) {
    *out_ << absl::StrFormat("  <testcase classname=\"resapi\" name=\"%02d-%s\" time=\"%.3f\">", checked.check->point,
                             checked.check->name, absl::ToDoubleSeconds(checked.duration));
    const std::string evidence = Xml(checked.finding.evidence);
    if (checked.finding.outcome == Outcome::kFail) {
      *out_ << absl::StrFormat("<failure message=\"%s\">%s (%s)</failure>", evidence, Xml(checked.check->rule),
                               Xml(checked.check->source));
    } else if (checked.finding.outcome == Outcome::kNotJudged) {
      *out_ << absl::StrFormat("<skipped message=\"%s\"/>", evidence);
    } else {
      *out_ << absl::StrFormat("<system-out>%s: %s</system-out>", OutcomeName(checked.finding.outcome), evidence);
    }
    *out_ << "</testcase>\n";
  }
  *out_ << "</testsuite>\n";
}

void ListChecks(ReportFormat format, std::ostream* out) {
  for (const Check& check : AllChecks()) {
    if (format == ReportFormat::kJson) {
      JsonLine line;
      line.Add("point", int64_t{check.point});
      line.Add("check", std::string(check.name));
      line.Add("rule", std::string(check.rule));
      line.Add("source", std::string(check.source));
      *out << line.Finish() << '\n';
      continue;
    }
    *out << absl::StrFormat("%2d  %-*s %s\n%*s from %s\n", check.point, kNameWidth, check.name, check.rule,
                            kNameWidth + 4, "", check.source);
  }
}

}  // namespace resource_broker::rhs_host
