#include "clients/brokerctl/module_process_commands.h"

#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "clients/brokerctl/words.h"
#include "resource_broker/v1/modules.grpc.pb.h"

namespace resource_broker::brokerctl {
namespace {

constexpr uint32_t kDefaultLimitMs = 60'000;

absl::StatusOr<Answer> Drain(const Node& node, const v1::DrainModuleRequest& request) {
  absl::StatusOr<v1::DrainModuleResponse> answer =
      node.Call(&v1::Modules::Stub::DrainModule, request, std::chrono::milliseconds(request.limit_ms()));
  if (!answer.ok()) return answer.status();
  const std::string line =
      absl::StrCat(request.module(), ": ", answer->processes(), " process", answer->processes() == 1 ? "" : "es",
                   " ended after ", answer->duration_ms(), " ms");
  return AnswerOf(*std::move(answer), {Lines({line})});
}

absl::Status ReadLog(const Node& node, EventSink& sink, const v1::ReadModuleLogRequest& request) {
  // A stream that lasts has no deadline of its own; whether a broker is there is asked first.
  if (absl::StatusOr<v1::GetStatusResponse> there = node.Status(/*without_resources=*/true); !there.ok()) {
    return there.status();
  }
  v1::Modules::Stub stub(node.channel());
  grpc::ClientContext context;
  const std::unique_ptr<grpc::ClientReader<v1::LogLines>> reader = stub.ReadModuleLog(&context, request);
  v1::LogLines lines;
  while (reader->Read(&lines)) {
    if (sink.Show(node.name(), lines, {lines.lines().begin(), lines.lines().end()})) continue;
    context.TryCancel();
    reader->Finish();
    return absl::OkStatus();
  }
  return node.Explain(reader->Finish());
}

}  // namespace

void AddModuleProcessCommands(CLI::App* modules, Command* chosen) {
  struct Values {
    std::string module;
    uint32_t limit_ms = kDefaultLimitMs;
    uint32_t tail = 100;
    bool follow = false;
  };
  const auto values = std::make_shared<Values>();
  CLI::App* drain = AddCommand(modules, "drain", "Lets its processes finish what they have, and end",
                               "  brokerctl --node n1:7443 modules drain sql_gateway --limit-ms 300000");
  drain->add_option("MODULE", values->module, "The module")->required();
  drain->add_option("--limit-ms", values->limit_ms, "How long it may take; then it serves on as before")
      ->capture_default_str()
      ->check(CLI::Range(uint32_t{1}, uint32_t{86'400'000}));
  drain->callback([chosen, values] {
    v1::DrainModuleRequest request;
    request.set_module(values->module);
    request.set_limit_ms(values->limit_ms);
    chosen->changes = true;
    chosen->ask = [request](const Node& node) { return Drain(node, request); };
  });
  CLI::App* logs = AddCommand(modules, "logs", "What its processes wrote, and what the broker says of them",
                              "  brokerctl modules logs sql_gateway --tail 500\n"
                              "  brokerctl --context prod modules logs sql_gateway -f");
  logs->add_option("MODULE", values->module, "The module")->required();
  logs->add_flag("-f,--follow", values->follow, "Each new line as well, until Ctrl+C");
  logs->add_option("--tail", values->tail, "The newest lines that are there first")
      ->capture_default_str()
      ->check(CLI::Range(uint32_t{1}, uint32_t{10'000}));
  logs->callback([chosen, values] {
    v1::ReadModuleLogRequest request;
    request.set_module(values->module);
    request.set_follow(values->follow);
    request.set_tail(values->tail);
    chosen->stream = [request](const Node& node, EventSink& sink) { return ReadLog(node, sink, request); };
  });
}

}  // namespace resource_broker::brokerctl
