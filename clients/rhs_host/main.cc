#include <cstdint>
#include <iostream>
#include <map>
#include <string>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/strings/str_join.h"
#include "clients/console/console.h"
#include "clients/rhs_host/assumptions.h"
#include "clients/rhs_host/checks/check_command.h"
#include "clients/rhs_host/checks/probe.h"
#include "clients/rhs_host/default_dll.h"
#include "clients/rhs_host/property_file.h"
#include "clients/rhs_host/run_command.h"
#include "clients/rhs_host/shell/shell_command.h"
#include "clients/rhs_host/trace/trace_command.h"

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

constexpr char kCheckHelp[] = R"(
Each check runs in a process of its own, on resources of its own; `rhs_host check --list` has what each is about. The
resources have the properties given here. The DLL's own work is done: give it something harmless to bring online.

Findings: pass; warning, RHS might live with it; fail; not judged, what the rule is about did not come up, or something
else is broken that the check needs.

Exit codes: 0 no check failed, 1 one did, 2 the command line is wrong, 3 the DLL could not be loaded, or refuses the
type.)";

// Options that several commands have. Each is bound to where its value goes.
void AddProperties(CLI::App* command, std::vector<std::string>* properties, const std::string& what) {
  command
      ->add_option("--property", *properties,
                   what +
                       ":TYPE=value with TYPE text, expand, dword, qword, multi (a;b) or binary (hexadecimal); "
                       "repeatable")
      ->allow_extra_args(false);
  command->add_option_function<std::string>(
      "--properties",
      [properties](const std::string& path) {
        absl::StatusOr<std::vector<std::string>> lines = rhs_host::ReadPropertyFile(path);
        if (!lines.ok()) throw CLI::ValidationError("--properties", std::string(lines.status().message()));
        properties->insert(properties->end(), lines->begin(), lines->end());
      },
      "A file of such properties, one a line; # begins a comment");
}

void AddMilliseconds(CLI::App* command, const std::string& name, absl::Duration* duration, int64_t least,
                     const std::string& text) {
  command
      ->add_option_function<int64_t>(
          name, [duration](int64_t value) { *duration = absl::Milliseconds(value); }, text)
      ->check(CLI::Range(least, int64_t{86'400'000}))
      ->default_str(std::to_string(absl::ToInt64Milliseconds(*duration)));
}

void AddRunOptions(CLI::App* command, rhs_host::RunOptions* options) {
  command->add_option("--dll", options->dll, "The resource DLL; default: resource_bridge, beside this program");
  AddProperties(command, &options->properties, "A private property, resource:Name=value or resource:Name");
  command->add_option("--type", options->type, "The resource type where none is named")->capture_default_str();
  AddMilliseconds(command, "--pending-timeout", &options->host.pending_timeout, 10,
                  "PendingTimeout in ms: longest silence of an operation");
  AddMilliseconds(command, "--deadlock-timeout", &options->host.deadlock_timeout, 10,
                  "DeadlockTimeout in ms: longest call of an entry point");
  AddMilliseconds(command, "--looks-alive-interval", &options->host.looks_alive_interval, 0,
                  "LooksAlivePollInterval in ms, of resources that are online; RHS's is 5000; 0: no polling");
  AddMilliseconds(command, "--is-alive-interval", &options->host.is_alive_interval, 0,
                  "IsAlivePollInterval in ms; RHS's is 60000; 0: no polling");
  command
      ->add_option_function<std::vector<std::string>>(
          "--assume",
          [options](const std::vector<std::string>& texts) {
            for (const std::string& text : texts) {
              absl::Status status = rhs_host::Assume(text, &options->host.assumptions);
              if (!status.ok()) throw CLI::ValidationError("--assume", std::string(status.message()));
            }
          },
          "NAME=CHOICE: what nobody public says about RHS; `rhs_host questions` lists them; repeatable")
      ->allow_extra_args(false);
  command->add_flag("--allow-violations", options->allow_violations, "Broken rules alone do not fail the run");
  command->add_flag("!--no-terminate", options->host.terminate_on_failure,
                    "Don't call Terminate after a failure, as RHS would");
  command->add_flag("--no-close", options->no_close, "Leave resources open at the end, as when RHS is killed");
  command->add_flag("--quiet", options->quiet, "No timeline on standard output");
}

void AddJson(CLI::App* command, rhs_host::RunOptions* options) {
  command->add_option("--json", options->json, "Write the timeline to this file, too, as JSON lines");
  command->add_flag("--trace", options->trace, "The JSON lines are a trace, for `rhs_host trace`");
}

void AddCheckOptions(CLI::App* command, rhs_host::CheckOptions* options) {
  AddProperties(command, &options->properties, "A private property of every resource, Name=value or Name");
  command->add_option("--type", options->type, "The resource type that is started, one of the DLL's")
      ->capture_default_str();
  command->add_option("--seed", options->seed, "Of everything that is random")->capture_default_str();
  command->add_option("--cycles", options->cycles, "How often resources are opened and closed to see what leaks")
      ->check(CLI::Range(10, 1'000'000))
      ->capture_default_str();
  AddMilliseconds(command, "--pending-timeout", &options->pending_timeout, 10,
                  "Longest silence of a pending operation, in ms");
  AddMilliseconds(command, "--deadlock-timeout", &options->deadlock_timeout, 10, "Longest call, in ms");
  AddMilliseconds(command, "--time-limit", &options->time_limit, 1000,
                  "Longest check, in ms; one that repeats something stops at half of it");
}

int PrintQuestions() {
  for (const rhs_host::Question& question : rhs_host::Questions()) {
    std::cout << question.name << "=" << absl::StrJoin(question.choices, "|") << "  (question " << question.number
              << ")\n    " << question.text << "\n";
  }
  return rhs_host::kAllHeld;
}

}  // namespace

int ProgramMain(std::vector<std::string> arguments) {
  rhs_host::RunOptions options;
  options.dll = rhs_host::DefaultDll();
  rhs_host::CheckCommand check_command;
  std::string trace_file;
  std::string probe_check;
  std::string probe_folder;
  bool leave = false;
  bool start = false;
  bool list = false;
  int code = rhs_host::kAllHeld;

  CLI::App app{
      "Stands in for a failover cluster's Resource Hosting Subsystem: loads a resource DLL, drives and checks it.",
      "rhs_host"};
  app.footer(kHelp);
  app.set_version_flag("--version", std::string("rhs_host ") + RESOURCE_BROKER_VERSION);
  app.require_subcommand(1);

  CLI::App* run = app.add_subcommand("run", "Runs a script, printing every call, callback and broken rule");
  run->footer(kHelp);
  AddRunOptions(run, &options);
  AddJson(run, &options);
  run->add_option("SCRIPT", options.script, "The script; - is standard input")->required();
  run->callback([&] { code = rhs_host::RunScript(options); });

  CLI::App* shell = app.add_subcommand("shell", "Takes the script's commands one at a time");
  AddRunOptions(shell, &options);
  AddJson(shell, &options);
  shell->add_option("DLL", options.dll, "The resource DLL");
  shell->callback([&] { code = rhs_host::RunShell(options); });

  CLI::App* check = app.add_subcommand("check", "Checks a resource DLL against the forty points of the contract");
  check->footer(kCheckHelp);
  AddCheckOptions(check, &check_command.options);
  check->add_option("DLL", check_command.options.dll,
                    "The resource DLL; default: resource_bridge, beside this program");
  check->add_option("--only", check_command.only, "The names of checks to run, with commas between")->delimiter(',');
  check->add_flag("--list", list, "Lists the checks, and runs none");
  check->add_option("--keep", check_command.keep, "Keep each check's trace and output in this folder");
  const std::map<std::string, rhs_host::ReportFormat> formats = {{"table", rhs_host::ReportFormat::kTable},
                                                                 {"json", rhs_host::ReportFormat::kJson},
                                                                 {"junit", rhs_host::ReportFormat::kJunit}};
  check->add_option("-o,--output", check_command.format, "table, json or junit")
      ->transform(CLI::CheckedTransformer(formats).description(""))
      ->type_name("FORMAT")
      ->default_str("table");
  check->callback([&] {
    if (!list && check_command.options.dll.empty()) throw CLI::RequiredError("DLL");
    if (list) {
      rhs_host::ListChecks(check_command.format, &std::cout);
    } else {
      code = rhs_host::RunChecks(check_command);
    }
  });

  CLI::App* trace = app.add_subcommand("trace", "Records a run, shows it, and does it again");
  trace->require_subcommand(1);
  CLI::App* record = trace->add_subcommand("record", "As `run`, and writes the trace");
  AddRunOptions(record, &options);
  record->add_option("TRACE", options.json, "The file to write")->required();
  record->add_option("SCRIPT", options.script, "The script; - is standard input")->required();
  record->callback([&] {
    options.trace = true;
    code = rhs_host::RunScript(options);
  });
  CLI::App* show = trace->add_subcommand("show", "Prints a trace as a timeline");
  show->add_option("TRACE", trace_file, "The file")->required();
  show->callback([&] { code = rhs_host::ShowTrace(trace_file); });
  CLI::App* replay = trace->add_subcommand("replay", "Makes a trace's calls, and expects what they returned");
  AddRunOptions(replay, &options);
  AddJson(replay, &options);
  replay->add_option("TRACE", trace_file, "The file")->required();
  replay->callback([&] { code = rhs_host::ReplayTrace(trace_file, options); });

  app.add_subcommand("questions", "Lists what nobody public says about RHS, for --assume")->callback([&] {
    code = PrintQuestions();
  });

  // What `check` starts for each check; no name for people.
  CLI::App* probe = app.add_subcommand("probe", "")->group("");
  AddCheckOptions(probe, &check_command.options);
  probe->add_option("DLL", check_command.options.dll)->required();
  probe->add_option("--check", probe_check);
  probe->add_option("--folder", probe_folder);
  probe->add_flag("--leave", leave);
  probe->add_flag("--start", start);
  probe->callback([&] {
    const rhs_host::Check* wanted = rhs_host::FindCheck(probe_check);
    if (wanted == nullptr) {
      code = rhs_host::ProbeLoading(check_command.options, start);
    } else {
      rhs_host::Probe(*wanted, check_command.options, leave, probe_folder);
    }
  });

  try {
    // From the last to the first is how the parser takes a vector.
    app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? rhs_host::kAllHeld : rhs_host::kUsage;
  }
  return code;
}

}  // namespace resource_broker::console
