#include "clients/brokerctl/testing/command_run.h"

#include <sstream>

#include "clients/brokerctl/command_line.h"
#include "clients/brokerctl/exit_code.h"

namespace resource_broker::brokerctl {

CommandRun RunLine(std::vector<std::string> arguments, const Terminal& terminal,
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

}  // namespace resource_broker::brokerctl
