#include "clients/brokerctl/pki_commands.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <memory>
#include <set>
#include <system_error>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "clients/brokerctl/brokerctl.pb.h"
#include "clients/brokerctl/json.h"
#include "clients/brokerctl/pki.h"
#include "clients/brokerctl/private_file.h"
#include "resource_broker/v1/config.pb.h"

namespace resource_broker::brokerctl {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kCaDays = 3650;
constexpr char kUriPrefix[] = "spiffe://resource-broker/";
constexpr const char* kRoles[] = {"viewer", "operator", "admin"};

constexpr char kExamples[] =
    R"(  brokerctl pki init pki --node n1.example --node 10.0.0.1 --client alice:admin --client bob:viewer

For a first try: the CA's key lies beside the rest, and nothing is ever revoked. Where it matters, let your own CA sign.

In DIRECTORY there will be ca.crt and ca.key, NODE.crt and NODE.key for each node, NAME.crt and NAME.key for each client.
A client's certificate has the URI spiffe://resource-broker/ROLE/NAME, and the `remote` section that is printed gives
everybody below spiffe://resource-broker/ROLE the role. Nothing that is there is ever overwritten.)";

struct Client {
  std::string name;
  std::string role;
};

absl::StatusOr<Client> ParseClient(const std::string& text) {
  const std::vector<std::string> parts = absl::StrSplit(text, ':');
  const bool valid = parts.size() == 2 && !parts[0].empty() && parts[0].size() <= 64 && parts[0][0] != '.' &&
                     parts[0].find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") ==
                         std::string::npos &&
                     std::find(std::begin(kRoles), std::end(kRoles), parts[1]) != std::end(kRoles);
  if (valid) return Client{parts[0], parts[1]};
  return absl::InvalidArgumentError(
      absl::StrCat("--client: \"", text, "\" is not NAME:ROLE; a role is viewer, operator or admin"));
}

// ':' is in no file's name on Windows.
std::string Stem(const std::string& node) { return absl::StrReplaceAll(node, {{":", "-"}}); }

// The host alone: `context add` wants ports, a certificate has none.
absl::StatusOr<std::string> HostOf(const std::string& node) {
  if (node[0] != '[' && std::count(node.begin(), node.end(), ':') > 1) return node;
  const absl::StatusOr<NodeAddress> address = ParseNodeAddress(node);
  if (!address.ok()) return address.status();
  return address->host;
}

struct NewFile {
  std::string name;
  std::string text;
};

void Add(const std::string& stem, const Identity& identity, std::vector<NewFile>* files) {
  files->push_back({absl::StrCat(stem, ".crt"), identity.certificate});
  files->push_back({absl::StrCat(stem, ".key"), identity.key});
}

absl::Status Write(const fs::path& folder, const std::vector<NewFile>& files) {
  std::set<std::string> names;
  for (const NewFile& file : files) {
    std::error_code error;
    if (!names.insert(absl::AsciiStrToLower(file.name)).second) {
      return absl::InvalidArgumentError(absl::StrCat("two of them would be ", file.name));
    }
    if (fs::exists(folder / fs::u8path(file.name), error)) {
      return absl::AlreadyExistsError(
          absl::StrCat((folder / fs::u8path(file.name)).u8string(), " is there already; nothing was written"));
    }
  }
  if (absl::Status status = MakePrivateFolder(folder); !status.ok()) return status;
  for (const NewFile& file : files) {
    if (absl::Status status = WriteNewPrivateFile(folder / fs::u8path(file.name), file.text); !status.ok())
      return status;
  }
  return absl::OkStatus();
}

std::string RemoteSection(const fs::path& folder, const std::string& host) {
  v1::BrokerConfig config;
  v1::BrokerConfig::Remote* remote = config.mutable_remote();
  remote->set_address("0.0.0.0:7443");
  remote->set_certificate_file((folder / fs::u8path(Stem(host) + ".crt")).u8string());
  remote->set_key_file((folder / fs::u8path(Stem(host) + ".key")).u8string());
  remote->set_trust_file((folder / "ca.crt").u8string());
  for (const char* role : kRoles) {
    v1::BrokerConfig::Grant* grant = remote->add_grants();
    grant->set_role(role);
    grant->set_uri(absl::StrCat(kUriPrefix, role, "/*"));
  }
  return FormatJson(config, /*compact=*/false);
}

std::string ContextCommand(const fs::path& folder, const std::vector<std::string>& hosts, const std::string& client) {
  std::string command = "brokerctl context add trial";
  for (const std::string& host : hosts) {
    absl::StrAppend(&command, " --node ", absl::StrContains(host, ':') ? absl::StrCat("[", host, "]") : host, ":7443");
  }
  const auto file = [&](const std::string& name) {
    return absl::StrCat("\"", (folder / fs::u8path(name)).u8string(), "\"");
  };
  absl::StrAppend(&command, " --ca ", file("ca.crt"), " --cert ", file(client + ".crt"), " --key ",
                  file(client + ".key"));
  return command;
}

std::vector<Part> PartsOf(const PkiFiles& made, const std::vector<std::string>& hosts) {
  std::vector<std::string> lines = {
      absl::StrCat("In ", made.directory(), ": ", absl::StrJoin(made.files(), ", ")),
      "This is for a first try: keep ca.key off the nodes, and let your own CA sign where it matters.", ""};
  for (const std::string& host : hosts) {
    lines.push_back(absl::StrCat("In broker.json of ", host, ", with the files where it says:"));
    for (absl::string_view line : absl::StrSplit(made.remote().at(host), '\n', absl::SkipEmpty()))
      lines.emplace_back(line);
    lines.emplace_back();
  }
  // In a map of protobuf they are in no order.
  const std::map<std::string, std::string> commands(made.context_commands().begin(), made.context_commands().end());
  for (const auto& [client, command] : commands) {
    lines.push_back(absl::StrCat("For ", client, ":"));
    lines.push_back(command);
  }
  return {Lines(lines)};
}

absl::StatusOr<Answer> Init(const std::string& directory, const std::vector<std::string>& nodes,
                            const std::vector<std::string>& clients, int64_t days) {
  if (nodes.empty()) return absl::InvalidArgumentError("--node: at least one is needed");
  const fs::path folder = fs::absolute(fs::u8path(directory)).lexically_normal();
  absl::StatusOr<Identity> ca = MakeCa("Resource Broker, for trying out", {kCaDays});
  if (!ca.ok()) return ca.status();
  std::vector<NewFile> files;
  Add("ca", *ca, &files);
  PkiFiles made;
  std::vector<std::string> hosts;
  for (const std::string& node : nodes) {
    const absl::StatusOr<std::string> host = HostOf(node);
    if (!host.ok()) return host.status();
    const absl::StatusOr<Identity> identity = MakeNodeIdentity(*ca, {*host}, {days});
    if (!identity.ok()) return identity.status();
    Add(Stem(*host), *identity, &files);
    (*made.mutable_remote())[*host] = RemoteSection(folder, *host);
    hosts.push_back(*host);
  }
  for (const std::string& text : clients) {
    const absl::StatusOr<Client> client = ParseClient(text);
    if (!client.ok()) return client.status();
    const std::string uri = absl::StrCat(kUriPrefix, client->role, "/", client->name);
    const absl::StatusOr<Identity> identity = MakeClientIdentity(*ca, client->name, uri, {days});
    if (!identity.ok()) return identity.status();
    Add(client->name, *identity, &files);
    (*made.mutable_context_commands())[client->name] = ContextCommand(folder, hosts, client->name);
  }
  if (absl::Status status = Write(folder, files); !status.ok()) return status;
  made.set_directory(folder.u8string());
  for (const NewFile& file : files) made.add_files(file.name);
  std::vector<Part> parts = PartsOf(made, hosts);
  return AnswerOf(std::move(made), std::move(parts));
}

}  // namespace

void AddPkiCommands(CLI::App* app, const Globals* globals, Command* chosen) {
  struct Values {
    std::string directory;
    std::vector<std::string> clients;
    int64_t days = 365;
  };
  const auto values = std::make_shared<Values>();
  CLI::App* pki = AddGroup(app, "pki", "Certificates for a first try");
  CLI::App* init = AddCommand(pki, "init", "A CA, and certificates of nodes and clients", kExamples);
  init->add_option("DIRECTORY", values->directory, "Where to; made if it is not there")->required();
  init->add_option("--client", values->clients, "A client, NAME:ROLE; may be repeated")
      ->type_name("NAME:ROLE")
      ->allow_extra_args(false);
  init->add_option("--days", values->days, "How long nodes' and clients' certificates are valid; the CA's is ten years")
      ->capture_default_str()
      ->check(CLI::Range(int64_t{1}, kCaDays - 1));
  init->callback([globals, chosen, values] {
    chosen->here = [=] { return Init(values->directory, globals->nodes, values->clients, values->days); };
  });
}

}  // namespace resource_broker::brokerctl
