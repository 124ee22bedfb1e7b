#include <cstdint>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include "CLI/CLI.hpp"
#include "clients/console/console.h"
#include "clients/rhs_host/default_dll.h"
#include "clients/rhs_host/run_command.h"

namespace resource_broker::console {
namespace {

constexpr char kHelp[] = R"(
Example. A script, demo.rhs:

  open r1 type="Resource Broker"
  online r1 expect=997
  wait r1 state=Online timeout=30s
  & offline r1 dest=NODE2 flags=QUEUE_ENABLED|0x20 in=text:hello
  wait r1 state=Offline checkpoints>=1 final-reports=1
  close r1

and how it is run:

  rhs_host run --property r1:Module=generic_service --property r1:ServiceName=Spooler demo.rhs

Commands: startup open online offline looks alive control type-control terminate cancel close wait expect property
sleep print join, loops `for r in 1..100 : open r{r} ; & online r{r}`; an & before an entry point does not wait for
its return, join waits for all of them. Every entry point takes expect=CODE.
in= takes hex:00ff  text:hello  utf16:hello  fill:65536  @file; absent it is NULL.
wait and expect take state last checkpoints reports final-reports checkpoint app flags return-under alive bytes out
open pending locked failures violations, with = != >= <= > <.

Exit codes: 0 every wait and expectation held, 1 one did not or the DLL broke a rule, 2 the command line or the script
is wrong, 3 the DLL could not be loaded or started.)";

}  // namespace

int ProgramMain(std::vector<std::string> arguments) {
  rhs_host::RunOptions options;
  options.dll = rhs_host::DefaultDll();
  int64_t pending_timeout_ms = absl::ToInt64Milliseconds(options.host.pending_timeout);
  int64_t deadlock_timeout_ms = absl::ToInt64Milliseconds(options.host.deadlock_timeout);
  bool no_terminate = false;

  CLI::App app{"Stands in for a failover cluster's Resource Hosting Subsystem: loads a resource DLL and drives it.",
               "rhs_host"};
  app.footer(kHelp);
  app.set_version_flag("--version", std::string("rhs_host ") + RESOURCE_BROKER_VERSION);
  app.require_subcommand(1);
  CLI::App* run = app.add_subcommand("run", "Runs a script, printing every call, callback and broken rule");
  run->footer(kHelp);
  run->add_option("--dll", options.dll, "The resource DLL; default: resource_bridge, beside this program");
  run->add_option("--property", options.properties,
                  "A private property, resource:Name=value or resource:Name:TYPE=value with TYPE text, expand, dword, "
                  "qword, multi (a;b) or binary (hexadecimal); repeatable")
      ->allow_extra_args(false);
  run->add_option("--type", options.type, "The resource type where the script names none")->capture_default_str();
  run->add_option("--pending-timeout", pending_timeout_ms, "PendingTimeout in ms: longest silence of an operation")
      ->capture_default_str()
      ->check(CLI::Range(int64_t{10}, int64_t{86'400'000}));
  run->add_option("--deadlock-timeout", deadlock_timeout_ms, "DeadlockTimeout in ms: longest call of an entry point")
      ->capture_default_str()
      ->check(CLI::Range(int64_t{10}, int64_t{86'400'000}));
  run->add_option("--json", options.json, "Write the timeline to this file, too, as JSON lines");
  run->add_flag("--allow-violations", options.allow_violations, "Broken rules alone do not fail the run");
  run->add_flag("--no-terminate", no_terminate, "Don't call Terminate after a failure, as RHS would");
  run->add_flag("--no-close", options.no_close, "Leave resources open at the end, as when RHS is killed");
  run->add_flag("--quiet", options.quiet, "No timeline on standard output");
  run->add_option("SCRIPT", options.script, "The script; - is standard input")->required();

  try {
    // From the last to the first is how the parser takes a vector.
    app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? rhs_host::kAllHeld : rhs_host::kUsage;
  }
  options.host.pending_timeout = absl::Milliseconds(pending_timeout_ms);
  options.host.deadlock_timeout = absl::Milliseconds(deadlock_timeout_ms);
  options.host.terminate_on_failure = !no_terminate;
  return rhs_host::RunScript(options);
}

}  // namespace resource_broker::console
