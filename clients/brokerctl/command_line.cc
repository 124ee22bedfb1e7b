#include "clients/brokerctl/command_line.h"

#include <string>

#include "clients/brokerctl/activation_commands.h"
#include "clients/brokerctl/audit_commands.h"
#include "clients/brokerctl/cluster_commands.h"
#include "clients/brokerctl/configuration_commands.h"
#include "clients/brokerctl/context_commands.h"
#include "clients/brokerctl/diagnostics_commands.h"
#include "clients/brokerctl/explain_commands.h"
#include "clients/brokerctl/fault_commands.h"
#include "clients/brokerctl/journal_commands.h"
#include "clients/brokerctl/module_commands.h"
#include "clients/brokerctl/module_process_commands.h"
#include "clients/brokerctl/operation_commands.h"
#include "clients/brokerctl/own_commands.h"
#include "clients/brokerctl/pki_commands.h"
#include "clients/brokerctl/queue_commands.h"
#include "clients/brokerctl/resource_commands.h"
#include "clients/brokerctl/status_commands.h"

namespace resource_broker::brokerctl {
namespace {

constexpr char kHelp[] = R"(
Examples:
  brokerctl status
  brokerctl operations list --resource "SQL Gateway" --pending
  brokerctl -o json operations list --limit 1
  brokerctl context add prod --node n1:7443 --node n2:7443 --ca ca.crt --cert alice.crt --key alice.key
  brokerctl --context prod resources list --state failed --watch
  brokerctl --context prod --yes modules stage sql_gateway-2.4.0.zip
  brokerctl explain 5960

Without --address, --node, --context and a default context (`context use`) the local pipe or socket is meant. Ids are 32
hex digits; the first few do where only one operation begins so. With -o json the output is the contract's own JSON form
(admin.proto), in which ids are base64; `watch`, and `get` of several, print one object a line. Of several nodes it is
{"nodes": [{"node": …, "answer": … or "error": …}]}, with -o jsonl a line for each thing.

Exit codes: 0 done, 1 failed, 2 the command line is wrong, 3 no broker answers (or no cluster service), 4 there is no such
operation, resource or module, 5 some nodes failed and others did not, 6 not allowed.)";

}  // namespace

void BuildCommandLine(CLI::App* app, Globals* globals, Command* chosen) {
  app->set_version_flag("--version", std::string("brokerctl ") + RESOURCE_BROKER_VERSION);
  app->require_subcommand(1);
  AddGlobalOptions(app, globals);
  AddStatusCommands(app, chosen);
  AddResourceCommands(app, chosen);
  AddOperationCommands(app, chosen);
  CLI::App* modules = AddGroup(app, "modules", "Modules: packages, versions, and which of them serve");
  AddActivationCommands(modules, chosen);
  AddModuleCommands(modules, chosen);
  AddModuleProcessCommands(modules, chosen);
  AddQueueCommands(app, chosen);
  AddConfigurationCommands(app, chosen);
  AddAuditCommands(app, chosen);
  AddDiagnosticsCommands(app, chosen);
  AddJournalCommands(app, chosen);
  AddClusterCommands(app, chosen);
  AddContextCommands(app, globals, chosen);
  AddPkiCommands(app, globals, chosen);
  AddExplainCommands(app, chosen);
  AddOwnCommands(app, chosen);
  AddFaultCommands(app, chosen);
  // A footer is inherited by what is added after it.
  app->footer(kHelp);
}

}  // namespace resource_broker::brokerctl
