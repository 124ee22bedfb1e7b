#include "clients/rhs_host/shell/shell_command.h"

#include <deque>
#include <iostream>

#include "absl/strings/ascii.h"
#include "clients/rhs_host/shell/completion.h"
#include "clients/rhs_host/shell/line_input.h"

namespace resource_broker::rhs_host {
namespace {

constexpr char kHelp[] = R"(A resource's life, from one call to the next:
  property r1 Name=value | Name:dword=5     its private properties, before `open` or at any time
  open r1                                   StartupEx, if it was not called yet, and OpenV2
  online r1 [flags=] [in=text:…]            OnlineV2
  wait r1 state=Online [timeout=30s]        until it is
  looks r1, alive r1                        LooksAlive, IsAlive
  control r1 code=0x01000005 out=4          ResourceControl; type-control likewise
  offline r1 [dest=NODE2] [flags=QUEUE_ENABLED|0x20] [in=@file] [reserved=]
  cancel r1, terminate r1, close r1
  expect r1 final-reports=1                 what must be so now
  startup [type=] [min=] [max=], sleep 1s, print TEXT, join, quit
An & before a call does not wait for its return; join does. Every call takes expect=CODE.
)";

}  // namespace

int RunShell(const RunOptions& options) {
  absl::StatusOr<std::unique_ptr<Stage>> stage = Stage::Set(options);
  if (!stage.ok()) {
    std::cerr << "rhs_host: " << stage.status().message() << std::endl;
    return absl::IsInvalidArgument(stage.status()) ? kUsage : kNotStarted;
  }
  Host* host = (*stage)->host();
  const std::unique_ptr<LineInput> input =
      LineInput::Create([host](const std::string& line) { return Candidates(line, host->OpenResources()); });
  // Calls in the background refer to their steps.
  std::deque<std::vector<Step>> typed;
  for (std::optional<std::string> line; !host->stuck() && (line = input->Read("rhs> "));) {
    const absl::string_view command = absl::StripAsciiWhitespace(*line);
    if (command == "quit" || command == "exit") break;
    if (command == "help") {
      std::cout << kHelp << std::flush;
      continue;
    }
    absl::StatusOr<std::vector<Step>> steps = ParseScript(command, options.type);
    if (!steps.ok()) {
      std::cerr << steps.status().message() << std::endl;
      continue;
    }
    typed.push_back(*std::move(steps));
    absl::Status status = (*stage)->runner()->RunUnjoined(typed.back());
    if (!status.ok()) std::cerr << status.message() << std::endl;
  }
  return (*stage)->End((*stage)->runner()->Run({}));
}

}  // namespace resource_broker::rhs_host
