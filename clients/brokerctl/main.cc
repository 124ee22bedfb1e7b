#include <chrono>
#include <cstdint>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include "CLI/CLI.hpp"
#include "clients/brokerctl/activation_commands.h"
#include "clients/brokerctl/admin_client.h"
#include "clients/brokerctl/default_address.h"
#include "clients/brokerctl/fault_commands.h"
#include "clients/brokerctl/format.h"
#include "clients/brokerctl/module_commands.h"
#include "clients/console/console.h"

namespace resource_broker::console {
namespace {

using brokerctl::AdminClient;

enum ExitCode : int { kDone = 0, kFailed = 1, kUsage = 2, kNoBroker = 3, kNotFound = 4 };

constexpr char kHelp[] = R"(
Examples:
  brokerctl status
  brokerctl operations list --resource "SQL Gateway" --pending
  brokerctl operations get 3f51529
  brokerctl operations watch --from-start
  brokerctl -o json operations list --limit 1
  brokerctl resources list
  brokerctl resources lock "SQL Gateway" --reason "index rebuild until 18:00"
  brokerctl modules stage sql_gateway-2.4.0.zip

Ids are 32 hex digits; the first few do where only one operation begins so. With -o json the output is the contract's
own JSON form (admin.proto), in which ids are base64; `watch`, and `get` of several, print one object a line.

Exit codes: 0 done, 1 failed, 2 the command line is wrong, 3 no broker answers, 4 there is no such operation,
resource or module.)";

struct Options {
  std::string address = brokerctl::DefaultAdminAddress();
  std::string output = "table";
  int64_t timeout_ms = 10'000;
  std::string id;
  std::vector<std::string> ids;
  std::string resource;
  std::string reason;
  bool pending = false;
  bool from_start = false;
  uint32_t limit = 100;

  bool json() const { return output == "json"; }
};

int Fail(const absl::Status& status) {
  std::cerr << "brokerctl: " << status.message() << "\n";
  if (absl::IsUnavailable(status) || absl::IsDeadlineExceeded(status)) return kNoBroker;
  if (absl::IsInvalidArgument(status)) return kUsage;
  return absl::IsNotFound(status) ? kNotFound : kFailed;
}

template <typename Answer, typename Format>
int Print(const Options& options, const absl::StatusOr<Answer>& answer, Format format) {
  if (!answer.ok()) return Fail(answer.status());
  std::cout << (options.json() ? brokerctl::FormatJson(*answer, /*compact=*/false) : format(*answer));
  return kDone;
}

int List(const Options& options, AdminClient& client) {
  v1::ListOperationsResponse all;
  v1::ListOperationsRequest request;
  request.set_resource(options.resource);
  request.set_pending_only(options.pending);
  do {
    const auto left = options.limit - static_cast<uint32_t>(all.operations_size());
    request.set_page_size(std::min<uint32_t>(left, 1000));
    absl::StatusOr<v1::ListOperationsResponse> page = client.List(request);
    if (!page.ok()) return Fail(page.status());
    all.mutable_operations()->MergeFrom(page->operations());
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty() && static_cast<uint32_t>(all.operations_size()) < options.limit);
  return Print(options, absl::StatusOr<v1::ListOperationsResponse>(all), brokerctl::FormatOperations);
}

// The first that fails ends it.
int Get(const Options& options, AdminClient& client) {
  for (const std::string& wanted : options.ids) {
    const absl::StatusOr<std::string> id = client.FindId(wanted);
    if (!id.ok()) return Fail(id.status());
    const absl::StatusOr<v1::OperationRecord> operation = client.Get(*id);
    if (!operation.ok()) return Fail(operation.status());
    const bool several = options.ids.size() > 1;
    std::cout << (options.json() ? brokerctl::FormatJson(*operation, /*compact=*/several)
                                 : brokerctl::FormatOperation(*operation));
    if (several && !options.json()) std::cout << "\n";
  }
  return kDone;
}

int Watch(const Options& options, AdminClient& client) {
  const auto print = [&](const v1::WatchedEvent& watched) {
    std::cout << (options.json() ? brokerctl::FormatJson(watched, /*compact=*/true) : brokerctl::FormatWatched(watched))
              << std::flush;
    return std::cout.good();
  };
  absl::Status status;
  if (options.id.empty()) {
    v1::WatchOperationsRequest request;
    request.set_resource(options.resource);
    request.set_from_start(options.from_start);
    status = client.Watch(request, print);
  } else {
    const absl::StatusOr<std::string> id = client.FindId(options.id);
    status = id.ok() ? client.WatchToEnd(*id, options.from_start, print) : id.status();
  }
  return status.ok() ? kDone : Fail(status);
}

int ListResources(const Options& options, AdminClient& client) {
  const absl::StatusOr<v1::GetStatusResponse> status = client.Status();
  if (!status.ok()) return Fail(status.status());
  v1::GetStatusResponse resources;
  *resources.mutable_resources() = status->resources();
  return Print(options, absl::StatusOr<v1::GetStatusResponse>(std::move(resources)), brokerctl::FormatResources);
}

int Lock(const Options& options, AdminClient& client) {
  const absl::Status status = client.SetResourceLock(options.resource, true, options.reason);
  return status.ok() ? kDone : Fail(status);
}

int Unlock(const Options& options, AdminClient& client) {
  const absl::Status status = client.SetResourceLock(options.resource, false, "");
  return status.ok() ? kDone : Fail(status);
}

}  // namespace

int ProgramMain(std::vector<std::string> arguments) {
  PrepareOutput();
  Options options;
  CLI::App app{"Looks at a running broker.", "brokerctl"};
  app.footer(kHelp);
  app.set_version_flag("--version", std::string("brokerctl ") + RESOURCE_BROKER_VERSION);
  app.require_subcommand(1);
  app.add_option("--address", options.address, "The broker's admin pipe or socket")->capture_default_str();
  app.add_option("-o,--output", options.output, "table or json")
      ->capture_default_str()
      ->check(CLI::IsMember({"table", "json"}));
  app.add_option("--timeout", options.timeout_ms, "How long one call may take, in ms")
      ->capture_default_str()
      ->check(CLI::Range(int64_t{1}, int64_t{3'600'000}));

  int (*command)(const Options&, AdminClient&) = nullptr;
  app.add_subcommand("status", "What runs: sessions, resources, modules")->callback([&] {
    command = [](const Options& chosen, AdminClient& client) {
      return Print(chosen, client.Status(), brokerctl::FormatStatus);
    };
  });
  CLI::App* operations = app.add_subcommand("operations", "Operations and their histories")->require_subcommand(1);
  CLI::App* list = operations->add_subcommand("list", "The newest operations");
  list->add_option("--resource", options.resource, "Only this resource's");
  list->add_flag("--pending", options.pending, "Only those that have not ended");
  list->add_option("--limit", options.limit, "At most so many")
      ->capture_default_str()
      ->check(CLI::Range(uint32_t{1}, uint32_t{1'000'000}));
  list->callback([&] { command = List; });
  CLI::App* get = operations->add_subcommand("get", "Operations with their histories");
  get->add_option("ID", options.ids, "Their ids or how those begin")->required();
  get->callback([&] { command = Get; });
  CLI::App* watch = operations->add_subcommand("watch", "Events as they happen, until Ctrl+C or the operation's end");
  watch->add_option("ID", options.id, "Only this operation's");
  watch->add_option("--resource", options.resource, "Only this resource's")->excludes("ID");
  watch->add_flag("--from-start", options.from_start, "Begin with what has happened already");
  watch->callback([&] { command = Watch; });
  CLI::App* resources = app.add_subcommand("resources", "Resources and their locks")->require_subcommand(1);
  resources->add_subcommand("list", "What is known of each")->callback([&] { command = ListResources; });
  CLI::App* lock = resources->add_subcommand("lock", "An offline then waits or is refused, over restarts too");
  lock->add_option("RESOURCE", options.resource, "Its name in the cluster")->required();
  lock->add_option("--reason", options.reason, "Why, for everybody who meets the lock")->required();
  lock->callback([&] { command = Lock; });
  CLI::App* unlock = resources->add_subcommand("unlock", "Ends that; a lock of its module's own stays");
  unlock->add_option("RESOURCE", options.resource, "Its name in the cluster")->required();
  unlock->callback([&] { command = Unlock; });

  CLI::App* modules = app.add_subcommand("modules", "Modules: packages, versions, and which of them serve");
  modules->require_subcommand(1);
  brokerctl::ModuleCommand module_command;
  brokerctl::AddModuleCommands(modules, &module_command);
  brokerctl::ActivationCommand activation_command;
  brokerctl::AddActivationCommands(modules, &activation_command);
  brokerctl::FaultCommand fault_command;
  brokerctl::AddFaultCommands(&app, &fault_command);

  try {
    app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kDone : kUsage;
  }
  absl::StatusOr<AdminClient> client =
      AdminClient::Connect(options.address, std::chrono::milliseconds(options.timeout_ms));
  if (!client.ok()) return Fail(client.status());
  for (const auto* text_command : {&module_command, &activation_command, &fault_command}) {
    if (!*text_command) continue;
    const absl::StatusOr<std::string> text = (*text_command)(*client, options.json());
    if (!text.ok()) return Fail(text.status());
    std::cout << *text;
    return kDone;
  }
  return command(options, *client);
}

}  // namespace resource_broker::console
