#include "clients/brokerctl/cluster_commands.h"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "bridge_dll/type_name.h"
#include "clients/brokerctl/cluster_answers.h"
#include "clients/cluster/dll_path.h"
#include "clients/cluster/registration.h"

namespace resource_broker::brokerctl {
namespace {

constexpr char kExitCodes[] = R"(

It needs Windows: elsewhere it says so, with exit code 1. Exit codes: 0 done, 1 failed or refused, 2 the command line is
wrong, 3 no cluster service answers, 6 not allowed.)";

struct Values {
  std::string cluster;
  std::string clusapi;
  std::string dll = cluster::kInstalledBridge;
  cluster::Registration registration;
  std::string display_name;
};

bool HasFile(const std::string& path) {
  std::error_code error;
  return std::filesystem::is_regular_file(std::filesystem::u8path(path), error);
}

// The cluster, and what it is called.
struct Opened {
  std::unique_ptr<cluster::ClusterApi> api;
  std::string name;
};

absl::StatusOr<Opened> Open(const Values& values) {
  absl::StatusOr<std::unique_ptr<cluster::ClusterApi>> api = cluster::OpenClusterApi(values.cluster, values.clusapi);
  if (!api.ok()) return api.status();
  absl::StatusOr<std::string> name = (*api)->Name();
  if (!name.ok()) return name.status();
  return Opened{*std::move(api), *std::move(name)};
}

absl::StatusOr<Answer> Register(Values values, bool display_name_given) {
  // What can be known to be wrong is, before a cluster is looked for.
  if (absl::Status status = cluster::CheckTypeName(values.registration.type); !status.ok()) return status;
  const absl::StatusOr<Opened> opened = Open(values);
  if (!opened.ok()) return opened.status();
  const absl::StatusOr<std::string> dll = cluster::DllPath(values.dll);
  if (!dll.ok()) return absl::InvalidArgumentError(absl::StrCat("--dll: ", dll.status().message()));
  if (values.cluster.empty() && !HasFile(*dll)) {
    return absl::FailedPreconditionError(
        absl::StrCat("there is no ", *dll,
                     " on this node: install Resource Broker first, on every node, or say with --dll where it is"));
  }
  values.registration.dll = *dll;
  if (display_name_given) values.registration.display_name = values.display_name;
  const absl::StatusOr<cluster::Change> change = cluster::Register(*opened->api, values.registration);
  if (!change.ok()) return change.status();
  return AnswerOfClusterChange(opened->name, values.registration.type, *change, "registered like that already");
}

absl::StatusOr<Answer> Unregister(const Values& values) {
  if (absl::Status status = cluster::CheckTypeName(values.registration.type); !status.ok()) return status;
  const absl::StatusOr<Opened> opened = Open(values);
  if (!opened.ok()) return opened.status();
  const absl::StatusOr<cluster::Change> change = cluster::Unregister(*opened->api, values.registration.type);
  if (!change.ok()) return change.status();
  return AnswerOfClusterChange(opened->name, values.registration.type, *change, "not registered");
}

absl::StatusOr<Answer> ShowStatus(const Values& values) {
  if (absl::Status status = cluster::CheckTypeName(values.registration.type); !status.ok()) return status;
  const absl::StatusOr<Opened> opened = Open(values);
  if (!opened.ok()) return opened.status();
  std::function<bool(const std::string&)> has_file;
  if (values.cluster.empty()) has_file = HasFile;
  return ClusterStatusAnswer(*opened->api, values.registration.type, has_file);
}

// What all three have.
CLI::App* Add(CLI::App* group, const char* word, const char* description, const char* examples,
              const std::shared_ptr<Values>& values) {
  CLI::App* command = AddCommand(group, word, description, absl::StrCat(examples, kExitCodes));
  command->add_option("--cluster", values->cluster, "By its name or a node's; without it the one this machine is in")
      ->type_name("CLUSTER");
  command->add_option("--type", values->registration.type, "The resource type; any that begins like the default")
      ->type_name("TYPE")
      ->default_val(bridge::kTypeName);
  command
      ->add_option("--clusapi", values->clusapi, "For tests only: the full path of a DLL in the place of clusapi.dll")
      ->type_name("FILE");
  return command;
}

void AddNumber(CLI::App* command, const char* option, const cluster::TypeProperty& property,
               const std::shared_ptr<Values>& values) {
  const auto set = [values, name = property.name](const uint32_t& number) {
    values->registration.numbers[name] = number;
  };
  command->add_option_function<uint32_t>(option, set, absl::StrCat(property.name, "; of a new type ", property.usual))
      ->type_name("MS")
      ->check(CLI::Range(property.least, UINT32_MAX).description(""));
}

}  // namespace

void AddClusterCommands(CLI::App* app, Command* chosen) {
  const auto values = std::make_shared<Values>();
  CLI::App* group = AddGroup(app, "cluster", "The resource type in a failover cluster");

  CLI::App* add =
      Add(group, "register", "Makes the cluster know the resource type; again: sets what is given and differs",
          "  brokerctl cluster register\n"
          "  brokerctl cluster register --pending-timeout-ms 240000 --is-alive-ms 30000\n"
          "  brokerctl cluster register --cluster CLUSTER1 --type \"Resource Broker Database\"",
          values);
  add->add_option("--dll", values->dll, "The bridge, at the same path on every node; %NAME% is replaced")
      ->type_name("FILE")
      ->capture_default_str();
  CLI::Option* display_name =
      add->add_option("--display-name", values->display_name, "Shown to administrators; of a new type its name")
          ->type_name("TEXT");
  AddNumber(add, "--looks-alive-ms", cluster::kLooksAlive, values);
  AddNumber(add, "--is-alive-ms", cluster::kIsAlive, values);
  AddNumber(add, "--pending-timeout-ms", cluster::kPendingTimeout, values);
  AddNumber(add, "--deadlock-timeout-ms", cluster::kDeadlockTimeout, values);
  add->add_flag("--replace", values->registration.replace, "A type with another DLL is removed and registered anew");
  add->callback([=] {
    chosen->changes = true;
    chosen->here = [=] { return Register(*values, display_name->count() > 0); };
  });

  Add(group, "unregister", "Makes the cluster forget it; refused while there are resources of it",
      "  brokerctl cluster unregister", values)
      ->callback([=] {
        chosen->changes = true;
        chosen->here = [=] { return Unregister(*values); };
      });
  Add(group, "status", "The cluster, its nodes, the type as it is registered, and its resources",
      "  brokerctl cluster status\n  brokerctl -o json cluster status --cluster CLUSTER1", values)
      ->callback([=] { chosen->here = [=] { return ShowStatus(*values); }; });
}

}  // namespace resource_broker::brokerctl
