#include "clients/brokerctl/operation_commands.h"

#include <memory>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "clients/brokerctl/operation_answers.h"
#include "clients/brokerctl/operation_calls.h"
#include "clients/brokerctl/words.h"
#include "resource_broker/v1/admin.grpc.pb.h"

namespace resource_broker::brokerctl {
namespace {

struct Values {
  std::string id;
  std::vector<std::string> ids;
  std::string resource;
  std::string module;
  std::string kind;
  std::vector<std::string> states;
  std::string destination;
  std::string since;
  std::string until;
  std::string reason;
  bool pending = false;
  bool from_start = false;
  uint32_t limit = 100;
};

absl::StatusOr<v1::ListOperationsRequest> ListRequest(const Values& values) {
  v1::ListOperationsRequest request;
  request.set_resource(values.resource);
  request.set_pending_only(values.pending);
  request.set_module(values.module);
  request.set_destination_node(values.destination);
  if (!values.kind.empty()) request.set_kind(values.kind == "online" ? v1::ONLINE : v1::OFFLINE);
  for (const std::string& text : values.states) {
    const absl::StatusOr<v1::EventKind> state = ParseEventKind(text);
    if (!state.ok()) return state.status();
    request.add_last_events(*state);
  }
  const int64_t now = absl::GetCurrentTimeNanos() / 1000;
  const absl::StatusOr<int64_t> since = ParseMoment("--since", values.since, now);
  if (!since.ok()) return since.status();
  const absl::StatusOr<int64_t> until = ParseMoment("--until", values.until, now);
  if (!until.ok()) return until.status();
  request.set_accepted_from_unix_us(*since);
  request.set_accepted_before_unix_us(*until);
  return request;
}

absl::StatusOr<Answer> List(const Node& node, const Values& values) {
  const absl::StatusOr<v1::ListOperationsRequest> request = ListRequest(values);
  if (!request.ok()) return request.status();
  absl::StatusOr<v1::ListOperationsResponse> operations = ListOperations(node, *request, values.limit);
  if (!operations.ok()) return operations.status();
  Part table = OperationsTable(operations->operations());
  return AnswerOf(*std::move(operations), {std::move(table)}, "operations");
}

// The first that fails ends it.
absl::StatusOr<Answer> Get(const Node& node, const std::vector<std::string>& ids) {
  v1::ListOperationsResponse all;
  std::vector<Part> parts;
  for (const std::string& wanted : ids) {
    const absl::StatusOr<std::string> id = FindOperationId(node, wanted);
    if (!id.ok()) return id.status();
    const absl::StatusOr<v1::OperationRecord> operation = GetOperation(node, *id);
    if (!operation.ok()) return operation.status();
    for (Part& part : OperationParts(*operation)) parts.push_back(std::move(part));
    parts[parts.size() - 2].gap = true;
    *all.add_operations() = *operation;
  }
  if (ids.size() == 1) return AnswerOf(all.operations(0), std::move(parts));
  Answer answer = AnswerOf(std::move(all), std::move(parts), "operations");
  answer.json_lines = true;
  return answer;
}

absl::Status Watch(const Node& node, EventSink& sink, const Values& values) {
  const auto show = [&](const v1::WatchedEvent& watched) {
    return sink.Show(node.name(), watched, {FormatWatched(watched)});
  };
  if (!values.id.empty()) {
    const absl::StatusOr<std::string> id = FindOperationId(node, values.id);
    return id.ok() ? WatchToEnd(node, *id, values.from_start, show) : id.status();
  }
  const absl::StatusOr<int64_t> since = ParseMoment("--since", values.since, absl::GetCurrentTimeNanos() / 1000);
  if (!since.ok()) return since.status();
  v1::WatchOperationsRequest request;
  request.set_resource(values.resource);
  request.set_from_start(values.from_start);
  request.set_from_unix_us(*since);
  return WatchOperations(node, request, show);
}

absl::StatusOr<Answer> Cancel(const Node& node, const std::string& text, const std::string& reason) {
  const absl::StatusOr<std::string> id = FindOperationId(node, text);
  if (!id.ok()) return id.status();
  v1::AdminCancelOperationRequest request;
  request.set_operation_id(*id);
  request.set_reason(reason);
  absl::StatusOr<v1::AdminCancelOperationResponse> answer = node.Call(&v1::Admin::Stub::CancelOperation, request);
  if (!answer.ok()) return answer.status();
  return AnswerOf(
      *std::move(answer),
      {Lines({absl::StrCat(absl::BytesToHexString(*id), " is asked to end; `operations get` shows its end")})});
}

void AddList(CLI::App* operations, Command* chosen, const std::shared_ptr<Values>& values) {
  CLI::App* list = AddCommand(operations, "list", "The newest operations",
                              "  brokerctl operations list --resource \"SQL Gateway\" --pending\n"
                              "  brokerctl --context prod operations list --since 2h --state failed --state refused\n"
                              "  brokerctl -o json operations list --limit 1");
  list->add_option("--resource", values->resource, "Only this resource's")->type_name("RESOURCE");
  list->add_flag("--pending", values->pending, "Only those that have not ended");
  list->add_option("--module", values->module, "Only this module's")->type_name("MODULE");
  list->add_option("--kind", values->kind, "Only of this kind")->check(CLI::IsMember({"online", "offline"}));
  list->add_option("--state", values->states, "Only those whose last event is this; may be repeated")
      ->type_name("EVENT")
      ->allow_extra_args(false);
  list->add_option("--destination", values->destination, "Only those towards this node of the cluster");
  list->add_option("--since", values->since, "Only those accepted since then: 30m, 2h, 3d, or a moment in UTC");
  list->add_option("--until", values->until, "Only those accepted before then");
  list->add_option("--limit", values->limit, "At most so many, of each node")
      ->capture_default_str()
      ->check(CLI::Range(uint32_t{1}, uint32_t{1'000'000}));
  AddWatch(list, chosen);
  list->callback([chosen, values] { chosen->ask = [values](const Node& node) { return List(node, *values); }; });
}

void AddWatchCommand(CLI::App* operations, Command* chosen, const std::shared_ptr<Values>& values) {
  CLI::App* watch = AddCommand(operations, "watch", "Events as they happen, until Ctrl+C or the operation's end",
                               "  brokerctl operations watch --from-start\n"
                               "  brokerctl operations watch 3f51529\n"
                               "  brokerctl --context prod operations watch --since 10m");
  CLI::Option* id = watch->add_option("ID", values->id, "Only this operation's");
  watch->add_option("--resource", values->resource, "Only this resource's")->type_name("RESOURCE")->excludes(id);
  CLI::Option* start = watch->add_flag("--from-start", values->from_start, "Begin with what has happened already");
  watch->add_option("--since", values->since, "Begin with what has happened since then, of ended ones too")
      ->excludes(start)
      ->excludes(id);
  watch->callback([chosen, values] {
    chosen->on_any_node = true;
    chosen->stream = [values](const Node& node, EventSink& sink) { return Watch(node, sink, *values); };
  });
}

}  // namespace

void AddOperationCommands(CLI::App* app, Command* chosen) {
  const auto values = std::make_shared<Values>();
  CLI::App* operations = AddGroup(app, "operations", "Operations and their histories");
  AddList(operations, chosen, values);
  CLI::App* get = AddCommand(operations, "get", "Operations with their histories",
                             "  brokerctl operations get 3f51529\n"
                             "  brokerctl -o yaml operations get 3f51529");
  get->add_option("ID", values->ids, "Their ids or how those begin")->required();
  get->callback([chosen, values] {
    chosen->on_any_node = true;
    chosen->ask = [values](const Node& node) { return Get(node, values->ids); };
  });
  AddWatchCommand(operations, chosen, values);
  CLI::App* cancel = AddCommand(operations, "cancel", "Ends an operation as the cluster's own cancel does",
                                "  brokerctl operations cancel 3f51529 --reason \"wrong node\"");
  cancel->add_option("ID", values->id, "Its id or how that begins")->required();
  cancel->add_option("--reason", values->reason, "Why, for the audit log")->required();
  cancel->callback([chosen, values] {
    chosen->changes = chosen->on_any_node = true;
    chosen->ask = [values](const Node& node) { return Cancel(node, values->id, values->reason); };
  });
}

}  // namespace resource_broker::brokerctl
