#include "clients/brokerctl/commands.h"

#include <functional>
#include <memory>
#include <utility>

#include "CLI/CLI.hpp"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "clients/brokerctl/admin_client.h"
#include "clients/brokerctl/default_address.h"
#include "clients/brokerctl/operations.h"
#include "clients/brokerctl/output.h"
#include "clients/brokerctl/view.h"
#include "clients/names/names.h"

namespace resource_broker::brokerctl {
namespace {

constexpr char kHelp[] = R"(
Examples:
  brokerctl status
  brokerctl operations list --resource r1 --pending
  brokerctl operations get 3f2a9c41
  brokerctl operations watch --from-start
  brokerctl -o json operations list --limit 5

An operation's id is 32 hexadecimal digits; the first ones do if no other operation begins so. JSON is protobuf's: ids
are base64 there, and are taken in that form, too; 64-bit numbers are strings; a watch prints one object a line.

Exit codes: 0 done; 1 the broker refused, or there is no such operation; 2 the command line is wrong; 3 no broker could
be reached, or it did not answer in time; 4 the watched operation ended, but did not succeed.)";

int ExitCodeOf(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kOk:
      return kDone;
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kDeadlineExceeded:
      return kUnreachable;
    default:
      return kRefused;
  }
}

struct CommandLine {
  std::string address = DefaultAddress();
  std::string output = "table";
  std::string timeout = "10s";
  ListOptions list;
  std::string id;
  WatchOptions watch;
  std::string watch_for;
};

// Durations are checked here, where the error can name the option.
absl::StatusOr<absl::Duration> ParseOption(const char* option, const std::string& text) {
  absl::StatusOr<absl::Duration> duration = names::ParseDuration(text);
  if (duration.ok() && *duration > absl::ZeroDuration()) return duration;
  return absl::InvalidArgumentError(
      absl::StrCat(option, ": \"", text, "\" is not a duration such as 250ms, 10s or 2m"));
}

}  // namespace

int Run(std::vector<std::string> arguments, std::ostream& out, std::ostream& err) {
  CommandLine line;
  std::function<absl::StatusOr<int>(AdminClient*, Output*)> command;

  CLI::App app{"Shows what a Resource Broker does.", "brokerctl"};
  app.footer(kHelp);
  app.set_version_flag("--version", std::string("brokerctl ") + RESOURCE_BROKER_VERSION);
  app.require_subcommand(1);
  app.fallthrough();
  app.add_option("--address", line.address, "The broker's admin address")->capture_default_str();
  app.add_option("-o,--output", line.output, "How to print")
      ->check(CLI::IsMember({"table", "json"}))
      ->capture_default_str();
  app.add_option("--timeout", line.timeout, "Longest wait for one answer")->capture_default_str();

  CLI::App* status = app.add_subcommand("status", "The broker, its sessions, resources and modules");
  status->callback([&] {
    command = [](AdminClient* client, Output* output) {
      output->Print(client->status(), StatusText(client->status()));
      return kDone;
    };
  });

  CLI::App* operations = app.add_subcommand("operations", "OnlineV2 and OfflineV2 calls and what became of them");
  operations->require_subcommand(1);
  CLI::App* list = operations->add_subcommand("list", "Operations, newest first");
  list->add_option("--resource", line.list.resource, "Only this resource's");
  list->add_flag("--pending", line.list.pending_only, "Only those that have not ended");
  list->add_option("--limit", line.list.limit, "At most so many")->capture_default_str()->check(CLI::Range(1, 100000));
  list->callback([&] {
    command = [&](AdminClient* client, Output* output) { return ListOperations(client, line.list, output); };
  });
  CLI::App* get = operations->add_subcommand("get", "One operation with its events");
  get->add_option("ID", line.id, "Its id, or the beginning of it")->required();
  get->callback(
      [&] { command = [&](AdminClient* client, Output* output) { return GetOperation(client, line.id, output); }; });
  CLI::App* watch = operations->add_subcommand("watch", "Events as they happen; of one operation, until it has ended");
  watch->add_option("ID", line.watch.id, "Only this operation's; its id, or the beginning of it");
  watch->add_option("--resource", line.watch.resource, "Only this resource's");
  watch->add_flag("--from-start", line.watch.from_start, "Begin with the events that exist already");
  watch->add_option("--for", line.watch_for, "End after this time; absent: never");
  watch->callback([&] {
    command = [&](AdminClient* client, Output* output) { return WatchOperations(client, line.watch, output); };
  });

  const auto wrong = [&err](const absl::Status& reason) {
    err << "brokerctl: " << reason.message() << std::endl;
    return kUsage;
  };
  try {
    // From the last to the first is how the parser takes a vector.
    app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
  } catch (const CLI::ParseError& error) {
    return app.exit(error, out, err) == 0 ? kDone : kUsage;
  }
  const absl::StatusOr<absl::Duration> timeout = ParseOption("--timeout", line.timeout);
  if (!timeout.ok()) return wrong(timeout.status());
  if (!line.watch_for.empty()) {
    const absl::StatusOr<absl::Duration> watch_for = ParseOption("--for", line.watch_for);
    if (!watch_for.ok()) return wrong(watch_for.status());
    line.watch.at_most = *watch_for;
  }
  if (absl::Status id = CheckId(line.id, line.watch.id); !id.ok()) return wrong(id);

  Output output(&out, line.output == "json");
  absl::StatusOr<std::unique_ptr<AdminClient>> client = AdminClient::Connect(line.address, *timeout);
  absl::StatusOr<int> code = client.ok() ? command(client->get(), &output) : client.status();
  if (code.ok()) return *code;
  err << "brokerctl: " << code.status().message() << std::endl;
  return absl::IsInvalidArgument(code.status()) && !client.ok() ? kUsage : ExitCodeOf(code.status());
}

}  // namespace resource_broker::brokerctl
