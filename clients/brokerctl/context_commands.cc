#include "clients/brokerctl/context_commands.h"

#include <filesystem>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "clients/brokerctl/contexts.h"
#include "clients/brokerctl/words.h"

namespace resource_broker::brokerctl {
namespace {

// As they are found from wherever brokerctl is started.
std::string Absolute(const std::string& file) {
  return file.empty() ? "" : std::filesystem::absolute(std::filesystem::u8path(file)).lexically_normal().u8string();
}

absl::StatusOr<Answer> Add(const Globals& globals, const std::string& name) {
  const std::filesystem::path file = ContextsFile(globals);
  absl::StatusOr<Contexts> contexts = LoadContexts(file);
  if (!contexts.ok()) return contexts.status();
  if (FindContext(*contexts, name).ok()) {
    return absl::AlreadyExistsError(absl::StrCat("there is a context \"", name, "\" already; remove it first"));
  }
  Context context;
  context.set_name(name);
  for (const std::string& node : globals.nodes) {
    const absl::StatusOr<NodeAddress> address = ParseNodeAddress(node);
    if (!address.ok()) return address.status();
    context.add_nodes(address->text);
  }
  context.set_ca_file(Absolute(globals.ca));
  context.set_certificate_file(Absolute(globals.certificate));
  context.set_key_file(Absolute(globals.key));
  context.set_server_name(globals.server_name);
  context.set_plaintext(globals.plaintext);
  if (absl::Status status = CheckContext(context); !status.ok()) return status;
  if (!context.plaintext()) {
    const absl::StatusOr<Credentials> credentials =
        LoadCredentials(context.ca_file(), context.certificate_file(), context.key_file());
    if (!credentials.ok()) return credentials.status();
  }
  *contexts->add_contexts() = context;
  if (absl::Status status = SaveContexts(file, *contexts); !status.ok()) return status;
  return AnswerOf(
      std::move(context),
      {Lines({absl::StrCat("added to ", file.u8string(), "; brokerctl context use ", name, " makes it the default")})});
}

absl::StatusOr<Answer> List(const Globals& globals) {
  absl::StatusOr<Contexts> contexts = LoadContexts(ContextsFile(globals));
  if (!contexts.ok()) return contexts.status();
  const auto current = [&](const std::string& name) { return contexts->current() == name ? "*" : ""; };
  std::vector<Row> rows = {{"CURRENT", "CONTEXT", "NODES", "AS"},
                           {current(""), kLocalContext, "the local pipe or socket", "yourself"}};
  for (const Context& context : contexts->contexts()) {
    rows.push_back({current(context.name()), context.name(), absl::StrJoin(context.nodes(), ","),
                    context.plaintext() ? "anybody: no TLS" : context.certificate_file()});
  }
  return AnswerOf(*std::move(contexts), {Table(std::move(rows))}, "contexts");
}

absl::StatusOr<Answer> Show(const Globals& globals, const std::string& name) {
  const absl::StatusOr<Contexts> contexts = LoadContexts(ContextsFile(globals));
  if (!contexts.ok()) return contexts.status();
  absl::StatusOr<Context> context = FindContext(*contexts, name.empty() ? contexts->current() : name);
  if (!context.ok()) return context.status();
  Part facts = Facts({{"context", context->name()},
                      {"nodes", absl::StrJoin(context->nodes(), ", ")},
                      {"CA", OrNothing(context->ca_file())},
                      {"certificate", OrNothing(context->certificate_file())},
                      {"key", OrNothing(context->key_file())},
                      {"server name", OrNothing(context->server_name())},
                      {"TLS", YesNo(!context->plaintext())}});
  return AnswerOf(*std::move(context), {std::move(facts)});
}

absl::StatusOr<Answer> Use(const Globals& globals, const std::string& name) {
  const std::filesystem::path file = ContextsFile(globals);
  absl::StatusOr<Contexts> contexts = LoadContexts(file);
  if (!contexts.ok()) return contexts.status();
  if (name != kLocalContext) {
    if (absl::Status status = FindContext(*contexts, name).status(); !status.ok()) return status;
  }
  contexts->set_current(name == kLocalContext ? "" : name);
  if (absl::Status status = SaveContexts(file, *contexts); !status.ok()) return status;
  return AnswerOf(*std::move(contexts), {Lines({absl::StrCat(name, " is the default now")})});
}

absl::StatusOr<Answer> Remove(const Globals& globals, const std::string& name) {
  const std::filesystem::path file = ContextsFile(globals);
  absl::StatusOr<Contexts> contexts = LoadContexts(file);
  if (!contexts.ok()) return contexts.status();
  if (absl::Status status = FindContext(*contexts, name).status(); !status.ok()) return status;
  for (int i = contexts->contexts_size() - 1; i >= 0; --i) {
    if (contexts->contexts(i).name() == name) contexts->mutable_contexts()->DeleteSubrange(i, 1);
  }
  if (contexts->current() == name) contexts->clear_current();
  if (absl::Status status = SaveContexts(file, *contexts); !status.ok()) return status;
  return AnswerOf(*std::move(contexts), {Lines({absl::StrCat(name, " is removed; its certificate and key stay")})});
}

}  // namespace

void AddContextCommands(CLI::App* app, const Globals* globals, Command* chosen) {
  const auto name = std::make_shared<std::string>();
  CLI::App* context = AddGroup(app, "context", "Nodes and credentials under a name");
  const auto add = [&](const char* word, const char* description, const char* examples,
                       absl::StatusOr<Answer> (*command)(const Globals&, const std::string&)) {
    CLI::App* added = AddCommand(context, word, description, examples);
    added->callback([=] { chosen->here = [=] { return command(*globals, *name); }; });
    return added->add_option(std::string(word) == "add" ? "NAME" : "CONTEXT", *name, "The context's name");
  };
  add("add", "Writes a context down, with what --node, --ca, --cert and --key say",
      "  brokerctl context add prod --node n1:7443 --node n2:7443 --ca ca.crt --cert alice.crt --key alice.key\n"
      "  brokerctl context add trial --node localhost:7443 --plaintext",
      Add)
      ->required();
  AddCommand(context, "list", "All there are", "  brokerctl context list")->callback([=] {
    chosen->here = [=] { return List(*globals); };
  });
  add("show", "One of them; without a name the default", "  brokerctl context show prod", Show);
  add("use", "Makes one the default where the command line names no node; `local` is the local pipe or socket",
      "  brokerctl context use prod\n  brokerctl context use local", Use)
      ->required();
  add("remove", "Forgets one", "  brokerctl context remove trial", Remove)->required();
}

}  // namespace resource_broker::brokerctl
