#include "clients/brokerctl/explain_commands.h"

#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "clients/brokerctl/words.h"
#include "clients/names/explanations.h"

namespace resource_broker::brokerctl {
namespace {

std::string NumberText(const Explanation& explanation) {
  const bool bits = explanation.kind().find("flag") != std::string::npos;
  return bits ? absl::StrFormat("0x%02x", explanation.number()) : absl::StrCat(explanation.number());
}

std::vector<Part> PartsOf(const Explanation& explanation) {
  std::vector<Row> facts = {{explanation.kind(), absl::StrCat(NumberText(explanation), " ", explanation.name())},
                            {"means", explanation.words()}};
  if (!explanation.here().empty()) facts.push_back({"here", explanation.here()});
  if (!explanation.advice().empty()) facts.push_back({"do", explanation.advice()});
  Part part = Facts(std::move(facts));
  part.gap = true;
  return {std::move(part)};
}

absl::StatusOr<Answer> Ask(const std::string& text, bool list) {
  if (text.empty() != list) return absl::InvalidArgumentError("say what to explain, or --list");
  absl::StatusOr<Explanations> explanations = Explain(text);
  if (!explanations.ok()) return explanations.status();
  std::vector<Part> parts;
  if (list) {
    std::vector<Row> rows = {{"KIND", "NUMBER", "NAME", "MEANS"}};
    for (const Explanation& explanation : explanations->explanations()) {
      rows.push_back({explanation.kind(), NumberText(explanation), explanation.name(), explanation.words()});
    }
    parts.push_back(Table(std::move(rows)));
  } else {
    for (const Explanation& explanation : explanations->explanations()) {
      for (Part& part : PartsOf(explanation)) parts.push_back(std::move(part));
    }
  }
  return AnswerOf(*std::move(explanations), std::move(parts), "explanations");
}

}  // namespace

absl::StatusOr<Explanations> Explain(const std::string& text) {
  Explanations found;
  for (const names::Explanation& explanation : text.empty() ? names::AllExplanations() : names::Explain(text)) {
    Explanation* added = found.add_explanations();
    added->set_kind(std::string(explanation.kind));
    added->set_name(std::string(explanation.name));
    added->set_number(explanation.number);
    added->set_words(std::string(explanation.words));
    added->set_here(std::string(explanation.here));
    added->set_advice(std::string(explanation.advice));
  }
  if (!found.explanations().empty()) return found;
  return absl::NotFoundError(
      absl::StrCat("\"", text, "\" is nothing that brokerctl knows; `brokerctl explain --list`"));
}

void AddExplainCommands(CLI::App* app, Command* chosen) {
  struct Values {
    std::string text;
    bool list = false;
  };
  const auto values = std::make_shared<Values>();
  CLI::App* explain = AddCommand(app, "explain", "A Win32 code, flag, event, state or exit code in words",
                                 "  brokerctl explain 5960\n"
                                 "  brokerctl explain 0x80071748\n"
                                 "  brokerctl explain QUEUE_ENABLED\n"
                                 "  brokerctl explain REFUSED\n"
                                 "  brokerctl explain --list");
  explain->add_option("CODE", values->text, "5960, 0x1748, an HRESULT, 0x24 or a name; -5960 after `--`");
  explain->add_flag("--list", values->list, "All there are");
  explain->callback([chosen, values] { chosen->here = [values] { return Ask(values->text, values->list); }; });
}

}  // namespace resource_broker::brokerctl
