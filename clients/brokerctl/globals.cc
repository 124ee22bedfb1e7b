#include "clients/brokerctl/globals.h"

#include <memory>
#include <set>

#include "absl/strings/str_cat.h"
#include "clients/brokerctl/contexts.h"
#include "clients/brokerctl/contexts_file.h"
#include "clients/brokerctl/default_address.h"

namespace resource_broker::brokerctl {
namespace {

std::vector<Endpoint> Local(const std::string& address) {
  Endpoint endpoint;
  endpoint.name = endpoint.local_address = address.empty() ? DefaultAdminAddress() : address;
  return {endpoint};
}

absl::StatusOr<std::vector<Endpoint>> EndpointsOf(const Context& context) {
  std::shared_ptr<const Credentials> credentials;
  if (!context.plaintext()) {
    absl::StatusOr<Credentials> loaded =
        LoadCredentials(context.ca_file(), context.certificate_file(), context.key_file());
    if (!loaded.ok()) return loaded.status();
    credentials = std::make_shared<const Credentials>(*std::move(loaded));
  }
  std::vector<Endpoint> endpoints;
  std::set<std::string> names;
  for (const std::string& node : context.nodes()) {
    absl::StatusOr<NodeAddress> address = ParseNodeAddress(node);
    if (!address.ok()) return address.status();
    if (!names.insert(address->text).second) {
      return absl::InvalidArgumentError(absl::StrCat(address->text, " is given twice"));
    }
    Endpoint endpoint;
    endpoint.name = address->text;
    endpoint.node = *std::move(address);
    endpoint.credentials = credentials;
    endpoint.server_name = context.server_name();
    endpoints.push_back(std::move(endpoint));
  }
  return endpoints;
}

// What the command line says is put over what the context says.
void Override(const Globals& globals, Context* context) {
  if (!globals.ca.empty()) context->set_ca_file(globals.ca);
  if (!globals.certificate.empty()) context->set_certificate_file(globals.certificate);
  if (!globals.key.empty()) context->set_key_file(globals.key);
  if (!globals.server_name.empty()) context->set_server_name(globals.server_name);
  if (globals.plaintext) context->set_plaintext(true);
  if (globals.nodes.empty()) return;
  context->clear_nodes();
  for (const std::string& node : globals.nodes) context->add_nodes(node);
}

}  // namespace

void AddGlobalOptions(CLI::App* app, Globals* globals) {
  app->fallthrough();
  const auto option = [&](const std::string& name, auto* value, const std::string& text, const char* group) {
    return app->add_option(name, *value, text)->group(group);
  };
  constexpr char kWhich[] = "Which nodes";
  CLI::Option* address =
      option("--address", &globals->address,
             absl::StrCat("A local broker's admin pipe or socket; default ", DefaultAdminAddress()), kWhich);
  option("--context", &globals->context, "The nodes and credentials of this context", kWhich)
      ->type_name("CONTEXT")
      ->excludes(address);
  option("--node", &globals->nodes, "A node, HOST:PORT; may be repeated", kWhich)
      ->type_name("HOST:PORT")
      ->allow_extra_args(false)
      ->excludes(address);
  option("--ca", &globals->ca, "PEM file with the roots of the nodes' certificates", kWhich)->type_name("FILE");
  option("--cert", &globals->certificate, "PEM file with your certificate", kWhich)->type_name("FILE");
  option("--key", &globals->key, "PEM file with its key; nobody else may be able to read it", kWhich)
      ->type_name("FILE");
  option("--server-name", &globals->server_name, "The name the nodes' certificates are for, if not their own", kWhich)
      ->type_name("NAME");
  app->add_flag("--plaintext", globals->plaintext, "Without TLS; only for nodes on loopback addresses")->group(kWhich);
  option("--contexts", &globals->contexts_file, "The file with the contexts", kWhich)
      ->type_name("FILE")
      ->envname("RESOURCE_BROKER_CONTEXTS");
  option("--timeout", &globals->timeout_ms, "How long one call may take, in ms", kWhich)
      ->capture_default_str()
      ->check(CLI::Range(int64_t{1}, int64_t{3'600'000}));
  option("--parallel", &globals->parallel, "How many nodes are asked at once", kWhich)
      ->capture_default_str()
      ->check(CLI::Range(uint32_t{1}, uint32_t{256}));
  app->add_flag("--yes", globals->yes, "Change more than one node without being asked")->group(kWhich);
  constexpr char kOutput[] = "Output";
  option("-o,--output", &globals->output, "What the output looks like", kOutput)
      ->capture_default_str()
      ->check(CLI::IsMember({"table", "wide", "json", "yaml", "jsonl"}));
  option("--color", &globals->color, "Colours for states: auto is on a terminal, unless NO_COLOR is set", kOutput)
      ->capture_default_str()
      ->check(CLI::IsMember({"auto", "always", "never"}));
}

std::filesystem::path ContextsFile(const Globals& globals) {
  return globals.contexts_file.empty() ? DefaultContextsFile() : std::filesystem::u8path(globals.contexts_file);
}

absl::StatusOr<std::vector<Endpoint>> ChooseEndpoints(const Globals& globals) {
  if (!globals.address.empty()) return Local(globals.address);
  Context context;
  std::string name = globals.context;
  const bool credentials =
      !globals.ca.empty() || !globals.certificate.empty() || !globals.key.empty() || globals.plaintext;
  if (name.empty() && (globals.nodes.empty() || !credentials)) {
    const absl::StatusOr<Contexts> contexts = LoadContexts(ContextsFile(globals));
    if (!contexts.ok()) return contexts.status();
    name = contexts->current();
  }
  if (globals.nodes.empty() && (name.empty() || name == kLocalContext)) return Local("");
  if (!name.empty()) {
    const absl::StatusOr<Contexts> contexts = LoadContexts(ContextsFile(globals));
    if (!contexts.ok()) return contexts.status();
    const absl::StatusOr<Context> found = FindContext(*contexts, name);
    if (!found.ok()) return absl::InvalidArgumentError(found.status().message());
    context = *found;
  } else {
    context.set_name("command-line");
  }
  Override(globals, &context);
  if (absl::Status status = CheckContext(context); !status.ok()) return status;
  return EndpointsOf(context);
}

}  // namespace resource_broker::brokerctl
