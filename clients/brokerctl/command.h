// One command of the command line, as its folder of commands describes it and run.h runs it.
#pragma once

#include <functional>
#include <string>

#include "CLI/CLI.hpp"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "clients/brokerctl/answer.h"
#include "clients/brokerctl/event_sink.h"
#include "clients/brokerctl/globals.h"
#include "clients/brokerctl/node.h"
#include "clients/brokerctl/progress.h"

namespace resource_broker::brokerctl {

// Exactly one of the functions is set, by the callback of the subcommand that was given.
struct Command {
  // Of each node, several at once.
  std::function<absl::StatusOr<Answer>(const Node&)> ask;
  // The same with something to see meanwhile.
  std::function<absl::StatusOr<Answer>(const Node&, Progress&)> work;
  // Of each node, all at once, until it ends.
  std::function<absl::Status(const Node&, EventSink&)> stream;
  // Without a node.
  std::function<absl::StatusOr<Answer>()> here;

  // It changes something: on many nodes people are asked to say so twice.
  bool changes = false;
  // More than one node makes no sense.
  bool one_node = false;
  // It is about a thing that is on one of the nodes: that others do not have it is no failure.
  bool on_any_node = false;
  // Shown again after so many seconds, until the program is ended. Empty: once.
  std::string watch_seconds;
};

// A subcommand with examples below its help.
CLI::App* AddCommand(CLI::App* parent, const std::string& name, const std::string& description,
                     const std::string& examples = "");

// A subcommand that has subcommands.
CLI::App* AddGroup(CLI::App* parent, const std::string& name, const std::string& description);

// --watch[=SECONDS].
void AddWatch(CLI::App* command, Command* chosen);

}  // namespace resource_broker::brokerctl
