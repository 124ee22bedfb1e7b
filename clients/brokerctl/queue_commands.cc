#include "clients/brokerctl/queue_commands.h"

#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "clients/brokerctl/words.h"
#include "resource_broker/v1/queue.grpc.pb.h"

namespace resource_broker::brokerctl {
namespace {

constexpr uint32_t kMostRunning = 1'000'000;

absl::StatusOr<Answer> Show(absl::StatusOr<v1::QueueStatus> status) {
  if (!status.ok()) return status.status();
  const v1::QueueLimits& limits = status->limits();
  Part facts =
      Table({{"QUEUE", "RUNNING", "WAITING", "LIMIT", "PER MODULE", "PER DESTINATION", "LIMITS OF", "SINCE", "REASON"},
             {status->paused() ? "paused" : "open", absl::StrCat(status->running()), absl::StrCat(status->queued()),
              absl::StrCat(limits.max_running_operations()), absl::StrCat(limits.max_running_per_module()),
              absl::StrCat(limits.max_running_per_destination()),
              status->limits_overridden() ? "an administrator" : "broker.json",
              FormatTimeOrNothing(status->paused_unix_us()), OrNothing(status->pause_reason())}});
  std::vector<Row> rows = {{"OF", "NAME", "RUNNING", "WAITING"}};
  for (const auto& [of, lines] :
       {std::pair("module", &status->modules()), std::pair("destination", &status->destinations())}) {
    for (const v1::QueueStatus::Line& line : *lines) {
      rows.push_back({of, line.name(), absl::StrCat(line.running()), absl::StrCat(line.waiting())});
    }
  }
  Part lines = Table(std::move(rows));
  lines.gap = lines.hidden_if_empty = true;
  return AnswerOf(*std::move(status), {std::move(facts), std::move(lines)});
}

struct Values {
  std::string reason;
  uint32_t running = 0;
  uint32_t per_module = 0;
  uint32_t per_destination = 0;
  bool reset = false;
};

void AddLimits(CLI::App* queue, Command* chosen, const std::shared_ptr<Values>& values) {
  CLI::App* limits = AddCommand(queue, "limits", "How much runs at once, until the broker ends or reloads",
                                "  brokerctl queue limits --running 200 --per-destination 20\n"
                                "  brokerctl queue limits --reset");
  CLI::Option* reset = limits->add_flag("--reset", values->reset, "Those of broker.json again");
  const auto add = [&](const char* name, uint32_t* value, const char* text) {
    limits->add_option(name, *value, text)->check(CLI::Range(uint32_t{1}, kMostRunning))->excludes(reset);
  };
  add("--running", &values->running, "Operations in all");
  add("--per-module", &values->per_module, "In one module");
  add("--per-destination", &values->per_destination, "Towards one node of the cluster");
  limits->callback([chosen, values] {
    const bool any = values->running != 0 || values->per_module != 0 || values->per_destination != 0;
    if (!any && !values->reset) throw CLI::RequiredError("one of --running, --per-module, --per-destination, --reset");
    v1::SetQueueLimitsRequest request;
    if (any) {
      request.mutable_limits()->set_max_running_operations(values->running);
      request.mutable_limits()->set_max_running_per_module(values->per_module);
      request.mutable_limits()->set_max_running_per_destination(values->per_destination);
    }
    chosen->changes = true;
    chosen->ask = [request](const Node& node) { return Show(node.Call(&v1::Queue::Stub::SetQueueLimits, request)); };
  });
}

}  // namespace

void AddQueueCommands(CLI::App* app, Command* chosen) {
  const auto values = std::make_shared<Values>();
  CLI::App* queue = AddGroup(app, "queue", "What waits, and how much runs at once");
  CLI::App* status =
      AddCommand(queue, "status", "What waits and runs now", "  brokerctl --context prod queue status --watch");
  AddWatch(status, chosen);
  status->callback([chosen] {
    chosen->ask = [](const Node& node) { return Show(node.Call(&v1::Queue::Stub::GetQueue, v1::GetQueueRequest())); };
  });
  CLI::App* pause = AddCommand(queue, "pause", "No operation begins until it is resumed; what runs goes on",
                               "  brokerctl --context prod --yes queue pause --reason \"storage is being moved\"");
  pause->add_option("--reason", values->reason, "Why, for everybody who waits")->required();
  pause->callback([chosen, values] {
    v1::PauseQueueRequest request;
    request.set_reason(values->reason);
    chosen->changes = true;
    chosen->ask = [request](const Node& node) { return Show(node.Call(&v1::Queue::Stub::PauseQueue, request)); };
  });
  CLI::App* resume = AddCommand(queue, "resume", "Ends that", "  brokerctl --context prod --yes queue resume");
  resume->callback([chosen] {
    chosen->changes = true;
    chosen->ask = [](const Node& node) {
      return Show(node.Call(&v1::Queue::Stub::ResumeQueue, v1::ResumeQueueRequest()));
    };
  });
  AddLimits(queue, chosen, values);
}

}  // namespace resource_broker::brokerctl
