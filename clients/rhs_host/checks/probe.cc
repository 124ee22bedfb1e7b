#include "clients/rhs_host/checks/probe.h"

#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "clients/names/names.h"
#include "clients/rhs_host/checks/child_process.h"
#include "clients/rhs_host/checks/subject.h"
#include "clients/rhs_host/clusapi/serving.h"
#include "clients/rhs_host/json.h"
#include "clients/rhs_host/run_command.h"
#include "ipc/end_process.h"
#include "ipc/utf16.h"
#include "resource_broker/v1/win32_codes.h"

namespace resource_broker::rhs_host {
namespace {

// Of a probe that can't load or start the DLL. Not kNotStarted, which is 3, as abort() ends a process on Windows.
constexpr int kProbeNotStarted = 4;
// A probe may end its own time; this comes on top, for starting and ending.
constexpr absl::Duration kGrace = absl::Seconds(5);

std::string ReadFile(const std::string& path) {
  std::ifstream file(std::filesystem::u8path(path), std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

// First line the outcome, then the evidence.
void WriteFinding(const std::string& path, const Finding& finding) {
  std::ofstream file(std::filesystem::u8path(path), std::ios::binary | std::ios::trunc);
  file << OutcomeName(finding.outcome) << '\n' << finding.evidence;
}

std::optional<Finding> ReadFinding(const std::string& path) {
  const std::string text = ReadFile(path);
  const std::pair<std::string, std::string> parts = absl::StrSplit(text, absl::MaxSplits('\n', 1));
  for (Outcome outcome : {Outcome::kPass, Outcome::kWarning, Outcome::kFail, Outcome::kNotJudged}) {
    if (parts.first == OutcomeName(outcome)) return Finding{outcome, parts.second};
  }
  return std::nullopt;
}

// The entry point that was called last.
std::string LastCall(const std::string& trace) {
  std::string last;
  for (absl::string_view line : absl::StrSplit(trace, '\n')) {
    const auto members = ParseJsonLine(line);
    if (!members.ok()) continue;
    const auto kind = members->find("kind");
    const auto shown = members->find("shown");
    if (kind == members->end() || shown == members->end() || kind->second != JsonValue("call")) continue;
    last = std::get<std::string>(shown->second);
  }
  return last;
}

std::vector<std::string> Arguments(const Check& check, const CheckOptions& options, bool leave,
                                   const std::string& folder) {
  const auto ms = [](absl::Duration duration) { return absl::StrCat(absl::ToInt64Milliseconds(duration)); };
  std::vector<std::string> arguments = {"probe",
                                        options.dll,
                                        "--check",
                                        check.name,
                                        "--folder",
                                        folder,
                                        "--type",
                                        options.type,
                                        "--seed",
                                        absl::StrCat(options.seed),
                                        "--cycles",
                                        absl::StrCat(options.cycles),
                                        "--pending-timeout",
                                        ms(options.pending_timeout),
                                        "--deadlock-timeout",
                                        ms(options.deadlock_timeout),
                                        "--time-limit",
                                        ms(options.time_limit)};
  if (leave) arguments.push_back("--leave");
  for (const std::string& property : options.properties) {
    arguments.push_back("--property");
    arguments.push_back(property);
  }
  return arguments;
}

// What to make of a process that ended without a finding.
Finding Unfinished(const ChildEnd& end, const ProbeFiles& files, absl::Duration limit) {
  const std::string last = LastCall(ReadFile(files.trace()));
  const std::string when = last.empty() ? "" : absl::StrCat("; the last call was ", last);
  if (end.timed_out) {
    return Fail(absl::StrCat("the check did not end within ", absl::FormatDuration(limit), when));
  }
  // What the C library, a sanitizer or the DLL itself had to say.
  std::vector<std::string> output = absl::StrSplit(ReadFile(files.output()), '\n', absl::SkipWhitespace());
  const std::string said = output.empty() ? "" : absl::StrCat("; it said: ", output.back());
  return Fail(
      absl::StrCat(end.crashed ? "the process crashed (" : "the DLL ended the process (", end.how, ")", when, said));
}

}  // namespace

Finding RunProbe(const Check& check, const CheckOptions& options, const std::string& folder) {
  const ProbeFiles files{folder};
  for (const bool leave : {true, false}) {
    if (leave && check.leave == nullptr) continue;
    const absl::Duration limit = options.time_limit + kGrace;
    absl::StatusOr<ChildEnd> end = RunThisProgram(Arguments(check, options, leave, folder), files.output(), limit);
    if (!end.ok()) return NotJudged(std::string(end.status().message()));
    std::optional<Finding> finding = ReadFinding(files.finding());
    if (!finding) return Unfinished(*end, files, limit);
    if (!leave || finding->outcome != Outcome::kPass) return *std::move(finding);
    std::filesystem::remove(std::filesystem::u8path(files.finding()));
  }
  return NotJudged("nothing was run");
}

void Probe(const Check& check, const CheckOptions& options, bool leave, const std::string& folder) {
  ExpectCrashes();
  const ProbeFiles files{folder};
  const auto conclude = [&files](const Finding& finding) {
    WriteFinding(files.finding(), finding);
    ipc::EndProcess(0);
  };
  std::ofstream trace(std::filesystem::u8path(files.trace()), std::ios::binary | std::ios::app);
  Timeline::Sinks sinks;
  sinks.json = &trace;
  sinks.trace = true;
  Timeline timeline(sinks);
  ClusterRegistry registry;
  absl::StatusOr<std::unique_ptr<Serving>> serving = Serving::Start(&registry);
  if (!serving.ok()) conclude(NotJudged(std::string(serving.status().message())));
  absl::StatusOr<std::unique_ptr<ResourceDll>> dll = ResourceDll::Load(options.dll);
  if (!dll.ok()) conclude(NotJudged(std::string(dll.status().message())));
  Subject subject(options, check, *std::move(dll), &registry, &timeline, conclude);
  if (leave) {
    check.leave(subject);
    subject.Conclude(Pass("left"));
  }
  const Finding finding = check.run(subject);
  if (finding.outcome == Outcome::kPass) subject.CloseAll();
  subject.Conclude(finding);
}

int ProbeLoading(const CheckOptions& options, bool start) {
  ExpectCrashes();
  ClusterRegistry registry;
  const absl::StatusOr<std::unique_ptr<Serving>> serving = Serving::Start(&registry);
  if (!serving.ok()) {
    std::cerr << serving.status().message() << std::endl;
    ipc::EndProcess(kProbeNotStarted);
  }
  absl::StatusOr<std::unique_ptr<ResourceDll>> dll = ResourceDll::Load(options.dll);
  if (!dll.ok()) std::cerr << dll.status().message() << std::endl;
  bool held = dll.ok();
  if (held && start) {
    const ResourceDll::Started started = (*dll)->Start(ipc::Utf16FromUtf8(options.type).value_or(u""),
                                                       resapi::CLRES_VERSION_V1_00, resapi::CLRES_VERSION_V4_00);
    held = started.code == win32::kSuccess;
    if (!held) std::cerr << (*dll)->start_routine() << " returned " << names::FormatWin32(started.code) << std::endl;
  }
  // The destructors of a DLL that was not unloaded are another check's.
  ipc::EndProcess(held ? kAllHeld : kProbeNotStarted);
}

absl::Status TryLoading(const CheckOptions& options, const std::string& folder) {
  const ProbeFiles files{folder};
  const auto try_it = [&](std::vector<std::string> more) {
    more.insert(more.begin(), {"probe", options.dll});
    return RunThisProgram(more, files.output(), options.time_limit);
  };
  const auto said = [&] { return std::string(absl::StripAsciiWhitespace(ReadFile(files.output()))); };
  absl::StatusOr<ChildEnd> end = try_it({});
  if (!end.ok()) return end.status();
  if (end->crashed || end->timed_out || end->code != kAllHeld) {
    const std::string why = said();
    return absl::NotFoundError(absl::StrCat("the resource DLL can't be loaded: ", why.empty() ? end->how : why));
  }
  end = try_it({"--type", options.type, "--start"});
  if (!end.ok()) return end.status();
  if (!end->crashed && !end->timed_out && end->code == kProbeNotStarted) {
    return absl::FailedPreconditionError(
        absl::StrFormat("the resource DLL refuses the resource type \"%s\": %s; name one of its types with --type",
                        options.type, said()));
  }
  return absl::OkStatus();
}

}  // namespace resource_broker::rhs_host
