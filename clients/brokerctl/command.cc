#include "clients/brokerctl/command.h"

#include "absl/strings/str_cat.h"

namespace resource_broker::brokerctl {

CLI::App* AddCommand(CLI::App* parent, const std::string& name, const std::string& description,
                     const std::string& examples) {
  CLI::App* command = parent->add_subcommand(name, description);
  command->footer(examples.empty() ? "" : absl::StrCat("\nExamples:\n", examples));
  return command;
}

CLI::App* AddGroup(CLI::App* parent, const std::string& name, const std::string& description) {
  return parent->add_subcommand(name, description)->require_subcommand(1);
}

void AddWatch(CLI::App* command, Command* chosen) {
  command->add_flag("--watch{2}", chosen->watch_seconds, "Again every 2 seconds, or --watch=SECONDS, until Ctrl+C")
      ->check(CLI::Range(0.1, 86'400.0).description("SECONDS"));
}

}  // namespace resource_broker::brokerctl
