#include "clients/brokerctl/resource_commands.h"

#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "clients/brokerctl/operation_answers.h"
#include "clients/brokerctl/words.h"
#include "clients/names/names.h"
#include "resource_broker/v1/admin.grpc.pb.h"

namespace resource_broker::brokerctl {
namespace {

constexpr uint32_t kPage = 1000;

std::string LockText(const v1::ResourceStatus& resource) {
  if (resource.locked_by_administrator()) return absl::StrCat("by an administrator: ", resource.lock_reason());
  return resource.locked() ? "by its module" : "no";
}

std::string MeantToBe(const v1::ResourceStatus& resource) {
  return resource.intended_state() == v1::RESOURCE_STATE_UNSPECIFIED ? kNothing
                                                                     : names::StateName(resource.intended_state());
}

absl::StatusOr<Answer> List(const Node& node, v1::ListResourcesRequest request) {
  v1::ListResourcesResponse all;
  request.set_page_size(kPage);
  do {
    absl::StatusOr<v1::ListResourcesResponse> page = node.Call(&v1::Admin::Stub::ListResources, request);
    if (!page.ok()) return page.status();
    all.mutable_resources()->MergeFrom(page->resources());
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty());
  return AnswerOfResources(std::move(all));
}

absl::StatusOr<Answer> Get(const Node& node, const std::string& name) {
  v1::GetResourceRequest request;
  request.set_resource(name);
  absl::StatusOr<v1::GetResourceResponse> answer = node.Call(&v1::Admin::Stub::GetResource, request);
  if (!answer.ok()) return answer.status();
  const v1::ResourceStatus& resource = answer->resource();
  Part operations = OperationsTable(answer->operations());
  operations.gap = operations.hidden_if_empty = true;
  std::vector<Part> parts = {Facts({{"resource", resource.resource()},
                                    {"type", OrNothing(resource.resource_type())},
                                    {"module", OrNothing(resource.module())},
                                    {"state", names::StateName(resource.state())},
                                    {"meant to be", MeantToBe(resource)},
                                    {"health", HealthName(resource)},
                                    {"open", YesNo(resource.open())},
                                    {"locked", LockText(resource)}}),
                             std::move(operations)};
  return AnswerOf(*std::move(answer), std::move(parts));
}

absl::StatusOr<Answer> SetLock(const Node& node, const v1::SetResourceLockRequest& request) {
  absl::StatusOr<v1::SetResourceLockResponse> answer = node.Call(&v1::Admin::Stub::SetResourceLock, request);
  if (!answer.ok()) return answer.status();
  return AnswerOf(*std::move(answer), {});
}

struct Values {
  std::string resource;
  std::string module;
  std::vector<std::string> states;
  bool locked = false;
  std::string reason;
};

void AddList(CLI::App* resources, Command* chosen, const std::shared_ptr<Values>& values) {
  CLI::App* list = AddCommand(resources, "list", "What is known of each",
                              "  brokerctl resources list\n"
                              "  brokerctl --context prod resources list --state failed\n"
                              "  brokerctl resources list --module generic_service --locked -o wide");
  list->add_option("--module", values->module, "Only those this module serves")->type_name("MODULE");
  list->add_option("--state", values->states, "Only those that are Online, Offline, Failed, …; may be repeated")
      ->type_name("STATE")
      ->allow_extra_args(false);
  list->add_flag("--locked", values->locked, "Only locked ones");
  AddWatch(list, chosen);
  list->callback([chosen, values] {
    chosen->ask = [values](const Node& node) -> absl::StatusOr<Answer> {
      v1::ListResourcesRequest request;
      request.set_module(values->module);
      request.set_locked_only(values->locked);
      for (const std::string& text : values->states) {
        const absl::StatusOr<v1::ResourceState> state = ParseResourceState(text);
        if (!state.ok()) return state.status();
        request.add_states(*state);
      }
      return List(node, std::move(request));
    };
  });
}

}  // namespace

Answer AnswerOfResources(v1::ListResourcesResponse resources) {
  std::vector<Row> rows = {{"RESOURCE", "TYPE", "MODULE", "STATE", "MEANT TO BE", "HEALTH", "OPEN", "LOCKED"}};
  for (const v1::ResourceStatus& resource : resources.resources()) {
    rows.push_back({resource.resource(), OrNothing(resource.resource_type()), OrNothing(resource.module()),
                    names::StateName(resource.state()), MeantToBe(resource), HealthName(resource),
                    YesNo(resource.open()), LockText(resource)});
  }
  return AnswerOf(std::move(resources), {Table(std::move(rows))}, "resources");
}

void AddResourceCommands(CLI::App* app, Command* chosen) {
  const auto values = std::make_shared<Values>();
  CLI::App* resources = AddGroup(app, "resources", "Resources and their locks");
  AddList(resources, chosen, values);
  CLI::App* get = AddCommand(resources, "get", "One resource, with its operations that have not ended",
                             "  brokerctl resources get \"SQL Gateway\"");
  get->add_option("RESOURCE", values->resource, "Its name in the cluster")->required();
  AddWatch(get, chosen);
  get->callback([chosen, values] {
    chosen->on_any_node = true;
    chosen->ask = [values](const Node& node) { return Get(node, values->resource); };
  });
  CLI::App* lock = AddCommand(resources, "lock", "An offline then waits or is refused, over restarts too",
                              "  brokerctl resources lock \"SQL Gateway\" --reason \"index rebuild until 18:00\"");
  lock->add_option("RESOURCE", values->resource, "Its name in the cluster")->required();
  lock->add_option("--reason", values->reason, "Why, for everybody who meets the lock")->required();
  CLI::App* unlock = AddCommand(resources, "unlock", "Ends that; a lock of its module's own stays",
                                "  brokerctl --node n1:7443 resources unlock \"SQL Gateway\"");
  unlock->add_option("RESOURCE", values->resource, "Its name in the cluster")->required();
  for (const auto& [command, locked] : {std::pair(lock, true), std::pair(unlock, false)}) {
    command->callback([chosen, values, locked = locked] {
      v1::SetResourceLockRequest request;
      request.set_resource(values->resource);
      request.set_locked(locked);
      request.set_reason(values->reason);
      chosen->changes = chosen->on_any_node = true;
      chosen->ask = [request](const Node& node) { return SetLock(node, request); };
    });
  }
}

}  // namespace resource_broker::brokerctl
