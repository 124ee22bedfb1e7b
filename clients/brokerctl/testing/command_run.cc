#include "clients/brokerctl/testing/command_run.h"

#include <sstream>

#include "clients/brokerctl/command_line.h"
#include "clients/brokerctl/exit_code.h"
#include "clients/brokerctl/testing/lost_connection.h"

namespace resource_broker::brokerctl {
namespace {

constexpr int kMostAgain = 3;

CommandRun RunOnce(const std::vector<std::string>& arguments, const Terminal& terminal,
                   const std::function<bool(absl::Duration)>& pause) {
  Globals globals;
  Command command;
  CLI::App app{"", "brokerctl"};
  BuildCommandLine(&app, &globals, &command);
  std::ostringstream out;
  std::ostringstream errors;
  CommandRun run;
  try {
    app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
    run.exit_code = RunCommand(command, globals, terminal, &out, &errors, pause);
  } catch (const CLI::ParseError& error) {
    run.exit_code = app.exit(error, out, errors) == 0 ? kDone : kUsage;
  }
  run.out = out.str();
  run.errors = errors.str();
  return run;
}

}  // namespace

CommandRun RunLine(const std::vector<std::string>& arguments, const Terminal& terminal,
                   const std::function<bool(absl::Duration)>& pause) {
  const std::streampos typed = terminal.input == nullptr ? std::streampos() : terminal.input->tellg();
  CommandRun run = RunOnce(arguments, terminal, pause);
  for (int again = 0; again < kMostAgain && LostByWine(run.errors); ++again) {
    if (terminal.input != nullptr) {
      terminal.input->clear();
      terminal.input->seekg(typed);
    }
    run = RunOnce(arguments, terminal, pause);
  }
  return run;
}

}  // namespace resource_broker::brokerctl
