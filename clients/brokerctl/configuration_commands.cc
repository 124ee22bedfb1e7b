#include "clients/brokerctl/configuration_commands.h"

#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "clients/brokerctl/text_file.h"
#include "clients/brokerctl/words.h"
#include "resource_broker/v1/configuration.grpc.pb.h"

namespace resource_broker::brokerctl {
namespace {

constexpr size_t kMaxFileBytes = 1 << 20;

absl::StatusOr<Answer> Show(const Node& node) {
  absl::StatusOr<v1::GetConfigurationResponse> answer =
      node.Call(&v1::Configuration::Stub::GetConfiguration, v1::GetConfigurationRequest());
  if (!answer.ok()) return answer.status();
  std::vector<std::string> lines = {
      absl::StrCat("from ", answer->file().empty() ? "no file: all is as by default" : answer->file(), ", loaded ",
                   FormatTime(answer->loaded_unix_us()))};
  for (absl::string_view line : absl::StrSplit(answer->json(), '\n', absl::SkipEmpty())) lines.emplace_back(line);
  return AnswerOf(*std::move(answer), {Lines(lines)});
}

absl::StatusOr<Answer> ShowCheck(absl::StatusOr<v1::ConfigurationCheck> check, const char* live) {
  if (!check.ok()) return check.status();
  std::vector<Row> rows = {{"RESULT", "KEY"}};
  if (!check->error().empty()) rows.push_back({"refused", check->error()});
  for (const std::string& key : check->live()) rows.push_back({live, key});
  for (const std::string& key : check->needs_restart()) rows.push_back({"needs a restart", key});
  if (rows.size() == 1) rows.push_back({"done", "nothing differs from what is in force"});
  const bool failed = !check->error().empty();
  Answer answer = AnswerOf(*std::move(check), {Table(std::move(rows))});
  answer.failed = failed;
  return answer;
}

}  // namespace

void AddConfigurationCommands(CLI::App* app, Command* chosen) {
  const auto file = std::make_shared<std::string>();
  CLI::App* config = AddGroup(app, "config", "The configuration of running brokers");
  AddCommand(config, "show", "What is in force, with every default filled in",
             "  brokerctl config show\n"
             "  brokerctl --context prod -o jsonl config show")
      ->callback([chosen] { chosen->ask = Show; });
  CLI::App* validate = AddCommand(config, "validate", "Whether a broker.json would do, and what of it needs a restart",
                                  "  brokerctl --context prod config validate broker.json");
  validate->add_option("FILE", *file, "A broker.json, here")->required();
  validate->callback([chosen, file] {
    chosen->ask = [file](const Node& node) -> absl::StatusOr<Answer> {
      const absl::StatusOr<std::string> json = ReadTextFile(std::filesystem::u8path(*file), kMaxFileBytes);
      if (!json.ok()) return json.status();
      v1::ValidateConfigurationRequest request;
      request.set_json(*json);
      return ShowCheck(node.Call(&v1::Configuration::Stub::ValidateConfiguration, request), "could be taken over");
    };
  });
  AddCommand(config, "reload", "The broker reads its own broker.json again",
             "  brokerctl --context prod --yes config reload")
      ->callback([chosen] {
        chosen->changes = true;
        chosen->ask = [](const Node& node) {
          return ShowCheck(node.Call(&v1::Configuration::Stub::ReloadConfiguration, v1::ReloadConfigurationRequest()),
                           "taken over");
        };
      });
}

}  // namespace resource_broker::brokerctl
