#include "clients/rhs_host/script.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "clients/names/names.h"
#include "clients/rhs_host/script_arguments.h"
#include "clients/rhs_host/script_values.h"
#include "clients/rhs_host/script_words.h"
#include "ipc/utf16.h"

namespace resource_broker::rhs_host {
namespace {

using names::FlagSet;

constexpr absl::Duration kDefaultWait = absl::Seconds(10);

// Turns one line into a step. The first problem met stays in the arguments and is reported by Finish.
class StepParser {
 public:
  StepParser(const Line& line, const std::string& default_type) : arguments_(line.words), default_type_(default_type) {
    step_.line = line.number;
    step_.background = line.background;
  }

  absl::StatusOr<Step> Parse() {
    const std::string verb = arguments_.NextPlain("a command");
    bool entry_point = true;
    if (verb == "startup") {
      StartupStep startup{Type(), arguments_.Number("min", 0x100), arguments_.Number("max", 0x400)};
      Call(startup);
    } else if (verb == "open") {
      Resource();
      OpenArguments open{Type(), arguments_.Flags("flags", FlagSet::kOpen), arguments_.Duration("pending-timeout")};
      Call(OpenStep{open});
    } else if (verb == "online") {
      Resource();
      OnlineStep online{Resid(), {arguments_.Flags("flags", FlagSet::kOnline), In(), arguments_.Number("reserved", 0)}};
      Call(std::move(online));
    } else if (verb == "offline") {
      Resource();
      OfflineStep offline{Resid(), {}};
      offline.arguments.destination = Destination();
      offline.arguments.flags = arguments_.Flags("flags", FlagSet::kOffline);
      offline.arguments.in = In();
      offline.arguments.reserved = arguments_.Number("reserved", 0);
      Call(std::move(offline));
    } else if (verb == "looks") {
      Resource();
      HealthCall(LooksAliveStep{Resid()});
    } else if (verb == "alive") {
      Resource();
      HealthCall(IsAliveStep{Resid()});
    } else if (verb == "control") {
      Resource();
      Call(ControlStep{Resid(), Control()});
    } else if (verb == "type-control") {
      Call(TypeControlStep{Type(), Control()});
    } else if (verb == "terminate") {
      Resource();
      Call(TerminateStep{Resid()});
    } else if (verb == "cancel") {
      Resource();
      Call(CancelStep{Resid(), arguments_.Number("flags", 0)});
    } else if (verb == "close") {
      Resource();
      Call(CloseStep{Resid()});
    } else {
      entry_point = false;
      ParseOther(verb);
    }
    if (step_.background && (!entry_point || verb == "startup")) {
      arguments_.Fail(absl::StrCat("& can't stand before ", verb));
    }
    absl::Status status = arguments_.Finish();
    if (!status.ok()) return status;
    return std::move(step_);
  }

 private:
  void ParseOther(const std::string& verb) {
    if (verb == "wait") {
      Resource();
      const absl::Duration timeout = arguments_.Duration("timeout").value_or(kDefaultWait);
      step_.action = WaitStep{Conditions(), timeout};
    } else if (verb == "expect") {
      Resource();
      step_.action = ExpectStep{Conditions()};
    } else if (verb == "property") {
      Resource();
      absl::StatusOr<Property> property = ParseProperty(arguments_.NextAny("a property Name=value"));
      if (!property.ok()) {
        arguments_.Fail(property.status().message());
      } else {
        step_.action = PropertyStep{*std::move(property)};
      }
    } else if (verb == "sleep") {
      absl::StatusOr<absl::Duration> duration = names::ParseDuration(arguments_.NextPlain("a duration"));
      if (!duration.ok()) {
        arguments_.Fail(duration.status().message());
      } else {
        step_.action = SleepStep{*duration};
      }
    } else if (verb == "print") {
      step_.action = PrintStep{arguments_.Rest()};
    } else if (verb == "join") {
      step_.action = JoinStep{};
    } else {
      arguments_.Fail(absl::StrCat("unknown command \"", verb, "\""));
    }
  }

  void Resource() { step_.resource = arguments_.NextPlain("a resource's name"); }

  void Call(Action action) {
    step_.action = std::move(action);
    if (std::optional<std::string> code = arguments_.Text("expect"); code) {
      absl::StatusOr<uint32_t> number = names::ParseNumber(*code);
      if (!number.ok()) arguments_.Fail(absl::StrCat("expect: ", number.status().message()));
      if (number.ok()) step_.expect = *number;
    }
  }

  void HealthCall(Action action) {
    step_.action = std::move(action);
    if (std::optional<std::string> text = arguments_.Text("expect"); text) {
      absl::StatusOr<bool> truth = ParseTruth(*text);
      if (!truth.ok()) arguments_.Fail(absl::StrCat("expect: ", truth.status().message()));
      if (truth.ok()) step_.expect = *truth ? 1 : 0;
    }
  }

  std::string Type() { return arguments_.Text("type").value_or(default_type_); }

  ResidChoice Resid() {
    const std::optional<std::string> text = arguments_.Text("resid");
    if (!text) return {};
    absl::StatusOr<ResidChoice> choice = ParseResid(*text);
    if (!choice.ok()) arguments_.Fail(absl::StrCat("resid: ", choice.status().message()));
    return choice.value_or(ResidChoice{});
  }

  InBuffer In() {
    InBuffer in;
    if (const std::optional<std::string> text = arguments_.Text("in"); text) {
      absl::StatusOr<std::vector<uint8_t>> bytes = ParseBytes(*text);
      if (!bytes.ok()) arguments_.Fail(absl::StrCat("in: ", bytes.status().message()));
      in.bytes = std::move(bytes).value_or(std::vector<uint8_t>{});
    }
    in.claimed_size = arguments_.OptionalNumber("in-size");
    // A size that is not the buffer's would make the DLL read what is not there.
    if (in.claimed_size && in.bytes) arguments_.Fail("in-size= goes with no in=");
    return in;
  }

  std::optional<std::u16string> Destination() {
    const std::optional<std::string> text = arguments_.Text("dest");
    const std::optional<std::string> units = arguments_.Text("dest-hex");
    if (text && units) arguments_.Fail("dest= and dest-hex= exclude each other");
    if (!text && !units) return std::nullopt;
    absl::StatusOr<std::u16string> destination = text ? ipc::Utf16FromUtf8(*text) : ParseCodeUnits(*units);
    if (!destination.ok()) arguments_.Fail(absl::StrCat("dest: ", destination.status().message()));
    return std::move(destination).value_or(std::u16string());
  }

  ControlArguments Control() {
    ControlArguments control;
    const std::optional<uint32_t> code = arguments_.OptionalNumber("code");
    if (!code) arguments_.Fail("code= is missing");
    control.code = code.value_or(0);
    control.in = In();
    control.out_size = arguments_.OptionalNumber("out");
    if (control.out_size.value_or(0) > (64 << 20)) arguments_.Fail("out: more than 64 MiB");
    return control;
  }

  std::vector<Condition> Conditions() {
    std::vector<Condition> conditions;
    while (!arguments_.Empty()) {
      absl::StatusOr<Condition> condition = ParseCondition(arguments_.NextWord());
      if (!condition.ok()) {
        arguments_.Fail(condition.status().message());
      } else {
        conditions.push_back(*std::move(condition));
      }
    }
    if (conditions.empty()) arguments_.Fail("a condition is missing");
    return conditions;
  }

  ScriptArguments arguments_;
  const std::string default_type_;
  Step step_;
};

}  // namespace

absl::StatusOr<std::vector<Step>> ParseScript(absl::string_view text, const std::string& default_type) {
  absl::StatusOr<std::vector<Line>> lines = SplitScript(text);
  if (!lines.ok()) return lines.status();
  std::vector<Step> steps;
  steps.reserve(lines->size());
  for (const Line& line : *lines) {
    absl::StatusOr<Step> step = StepParser(line, default_type).Parse();
    if (!step.ok()) {
      return absl::InvalidArgumentError(absl::StrCat("line ", line.number, ": ", step.status().message()));
    }
    steps.push_back(*std::move(step));
  }
  return steps;
}

}  // namespace resource_broker::rhs_host
