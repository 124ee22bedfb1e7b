#include <grpc/support/log.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <string>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "clients/brokerctl/command_line.h"
#include "clients/brokerctl/completion.h"
#include "clients/brokerctl/completion_lookup.h"
#include "clients/brokerctl/exit_code.h"
#include "clients/brokerctl/run.h"
#include "clients/console/console.h"
#include "ipc/end_process.h"

namespace resource_broker::console {
namespace {

// Asked by the scripts of `brokerctl completion`, with the line up to the cursor.
constexpr char kComplete[] = "__complete";

// Does not return: what still waits for a broker is not waited for.
[[noreturn]] void PrintCompletion(const CLI::App& app, const std::string& line) {
  std::vector<std::string> words = brokerctl::SplitLine(line);
  words.erase(words.begin());
  const brokerctl::Completion completion = brokerctl::Complete(app, words, brokerctl::LookUp);
  for (const brokerctl::Candidate& candidate : completion.candidates) {
    std::cout << candidate.text << "\t" << candidate.description << "\n";
  }
  if (completion.files) std::cout << ":files\n";
  std::cout << std::flush;
  ipc::EndProcess(brokerctl::kDone);
}

// `explain -2147018936` is no option: that is how an HRESULT is printed.
void TakeNegativeNumbers(std::vector<std::string>* arguments) {
  if (std::find(arguments->begin(), arguments->end(), "explain") == arguments->end()) return;
  for (std::string& argument : *arguments) {
    int32_t number = 0;
    if (absl::SimpleAtoi(argument, &number) && number < 0) argument = absl::StrCat(static_cast<uint32_t>(number));
  }
}

}  // namespace

int ProgramMain(std::vector<std::string> arguments) {
  // What gRPC would say of connections is told in words; who looks for more asks it by GRPC_VERBOSITY.
  if (std::getenv("GRPC_VERBOSITY") == nullptr) gpr_set_log_function([](gpr_log_func_args*) {});
  brokerctl::Terminal terminal;
  terminal.colours = PrepareOutput();
  if (IsTerminal(Stream::kInput)) terminal.input = &std::cin;
  terminal.output = IsTerminal(Stream::kOutput);
  terminal.error = IsTerminal(Stream::kError);
  brokerctl::Globals globals;
  brokerctl::Command command;
  CLI::App app{"Sees, steers, upgrades and diagnoses running brokers.", "brokerctl"};
  brokerctl::BuildCommandLine(&app, &globals, &command);
  if (arguments.size() == 2 && arguments[0] == kComplete) PrintCompletion(app, arguments[1]);
  TakeNegativeNumbers(&arguments);
  try {
    app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? brokerctl::kDone : brokerctl::kUsage;
  }
  return brokerctl::RunCommand(command, globals, terminal, &std::cout, &std::cerr, [](absl::Duration pause) {
    absl::SleepFor(pause);
    return true;
  });
}

}  // namespace resource_broker::console
