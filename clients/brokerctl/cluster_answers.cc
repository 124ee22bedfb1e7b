#include "clients/brokerctl/cluster_answers.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "clients/brokerctl/brokerctl.pb.h"
#include "clients/brokerctl/words.h"
#include "clients/cluster/dll_path.h"
#include "clients/names/names.h"

namespace resource_broker::brokerctl {
namespace {

std::string NodeState(int32_t state) {
  constexpr const char* kStates[] = {"Up", "Down", "Paused", "Joining"};
  return state >= 0 && state < 4 ? kStates[state] : "Unknown";
}

std::string ResourceState(int32_t state) { return state == -1 ? "Unknown" : names::StateName(state); }

absl::Status ReadNodes(cluster::ClusterApi& cluster, ClusterStatus* status) {
  absl::StatusOr<std::vector<std::string>> hosts = std::vector<std::string>();
  if (status->registered()) hosts = cluster.HostsOf(status->type());
  if (!hosts.ok()) return hosts.status();
  const absl::StatusOr<std::vector<cluster::ClusterNode>> nodes = cluster.Nodes();
  if (!nodes.ok()) return nodes.status();
  for (const cluster::ClusterNode& node : *nodes) {
    ClusterNode* added = status->add_nodes();
    added->set_name(node.name);
    added->set_state(NodeState(node.state));
    added->set_can_host(std::any_of(hosts->begin(), hosts->end(),
                                    [&](const std::string& host) { return absl::EqualsIgnoreCase(host, node.name); }));
  }
  return absl::OkStatus();
}

void ReadType(const cluster::ResourceType& type, const std::function<bool(const std::string&)>& has_file,
              ClusterStatus* status) {
  status->set_registered(true);
  status->set_type(type.name);
  status->set_display_name(type.display_name);
  status->set_dll(type.dll);
  const absl::StatusOr<std::string> path = cluster::DllPath(type.dll);
  if (has_file != nullptr && path.ok()) status->set_dll_is_here(has_file(*path));
  for (const cluster::TypeProperty& property : cluster::kTypeProperties) {
    ClusterProperty* added = status->add_properties();
    added->set_name(property.name);
    added->set_value(cluster::NumberOf(type.numbers, property));
    added->set_unset(type.numbers.count(property.name) == 0);
    added->set_usual(property.usual);
  }
}

absl::Status ReadResources(cluster::ClusterApi& cluster, ClusterStatus* status) {
  const absl::StatusOr<std::vector<cluster::ClusterResource>> resources = cluster.ResourcesOf(status->type());
  if (!resources.ok()) return resources.status();
  for (const cluster::ClusterResource& resource : *resources) {
    ClusterResource* added = status->add_resources();
    added->set_name(resource.name);
    added->set_state(ResourceState(resource.state));
    added->set_node(resource.node);
    added->set_group(resource.group);
  }
  return absl::OkStatus();
}

void FindProblems(ClusterStatus* status) {
  if (!status->registered()) {
    status->add_problems("the resource type is not registered: `brokerctl cluster register`");
    return;
  }
  const absl::Status path = cluster::DllPath(status->dll()).status();
  if (!path.ok()) status->add_problems(absl::StrCat("the DLL: ", path.message()));
  if (status->has_dll_is_here() && !status->dll_is_here()) {
    status->add_problems("the DLL is not on this node: install Resource Broker here, in the same folder as elsewhere");
  }
  for (int i = 0; i < status->properties_size(); ++i) {
    const uint32_t least = cluster::kTypeProperties[i].least;
    const ClusterProperty& property = status->properties(i);
    if (property.value() >= least) continue;
    status->add_problems(absl::StrCat(property.name(), " ", property.value(), " is below ", least,
                                      ": `brokerctl cluster register` sets it"));
  }
  for (const ClusterNode& node : status->nodes()) {
    if (node.can_host() || node.state() != "Up") continue;
    status->add_problems(absl::StrCat(node.name(), " can't host the type: install Resource Broker there"));
  }
}

std::vector<Part> PartsOf(const ClusterStatus& status) {
  std::vector<Row> facts = {{"cluster", status.cluster()}, {"type", status.type()}};
  facts.push_back({"registered", YesNo(status.registered())});
  if (status.registered()) {
    facts.push_back({"display name", OrNothing(status.display_name())});
    facts.push_back({"DLL", OrNothing(status.dll())});
    if (status.has_dll_is_here()) facts.push_back({"DLL on this node", YesNo(status.dll_is_here())});
  }
  std::vector<Row> nodes = {{"NODE", "STATE", "CAN HOST"}};
  for (const ClusterNode& node : status.nodes()) nodes.push_back({node.name(), node.state(), YesNo(node.can_host())});
  std::vector<Row> properties = {{"PROPERTY", "VALUE", "USUAL", ""}};
  for (const ClusterProperty& property : status.properties()) {
    const char* remark = property.unset() ? "not set" : property.value() != property.usual() ? "differs" : "";
    properties.push_back({property.name(), absl::StrCat(property.value()), absl::StrCat(property.usual()), remark});
  }
  std::vector<Row> resources = {{"RESOURCE", "STATE", "NODE", "GROUP"}};
  for (const ClusterResource& resource : status.resources()) {
    resources.push_back({resource.name(), resource.state(), OrNothing(resource.node()), OrNothing(resource.group())});
  }
  std::vector<Part> parts = {Facts(std::move(facts)), Table(std::move(nodes)), Table(std::move(properties)),
                             Table(std::move(resources)), Lines({status.problems().begin(), status.problems().end()})};
  for (Part& part : parts) part.gap = part.hidden_if_empty = true;
  // Sentences and facts have no heading, so that one of them is not an empty part.
  parts.front().hidden_if_empty = parts.back().hidden_if_empty = false;
  return parts;
}

}  // namespace

Answer AnswerOfClusterChange(const std::string& cluster, const std::string& type, const cluster::Change& change,
                             const std::string& nothing) {
  ClusterChange message;
  message.set_cluster(cluster);
  message.set_type(type);
  message.set_problem(std::string(change.problem.message()));
  std::vector<std::string> lines;
  for (const std::string& one : change.changes) {
    message.add_changes(one);
    lines.push_back(absl::StrCat(cluster, ": ", one));
  }
  if (lines.empty()) lines.push_back(absl::StrCat(cluster, ": ", nothing));
  if (!change.problem.ok()) {
    lines.push_back(
        absl::StrCat("but not all was done: ", message.problem(), " - then the same command does the rest"));
  }
  Answer answer = AnswerOf(std::move(message), {Lines(lines)});
  answer.failed = !change.problem.ok();
  return answer;
}

absl::StatusOr<Answer> ClusterStatusAnswer(cluster::ClusterApi& cluster, const std::string& type,
                                           const std::function<bool(const std::string& path)>& has_file) {
  ClusterStatus status;
  const absl::StatusOr<std::string> name = cluster.Name();
  if (!name.ok()) return name.status();
  status.set_cluster(*name);
  status.set_type(type);
  const absl::StatusOr<std::optional<cluster::ResourceType>> found = cluster.FindType(type);
  if (!found.ok()) return found.status();
  if (found->has_value()) ReadType(**found, has_file, &status);
  if (absl::Status read = ReadNodes(cluster, &status); !read.ok()) return read;
  if (status.registered()) {
    if (absl::Status read = ReadResources(cluster, &status); !read.ok()) return read;
  }
  FindProblems(&status);
  const bool failed = status.problems_size() > 0;
  std::vector<Part> parts = PartsOf(status);
  Answer answer = AnswerOf(std::move(status), std::move(parts));
  answer.every_field = true;
  answer.failed = failed;
  return answer;
}

}  // namespace resource_broker::brokerctl
