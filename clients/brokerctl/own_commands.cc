#include "clients/brokerctl/own_commands.h"

#include <grpcpp/grpcpp.h>
#include <openssl/crypto.h>

#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "clients/brokerctl/brokerctl.pb.h"
#include "clients/brokerctl/completion.h"
#include "google/protobuf/wrappers.pb.h"

namespace resource_broker::brokerctl {
namespace {

absl::StatusOr<Answer> ShowScript(const std::string& shell) {
  google::protobuf::StringValue script;
  script.set_value(CompletionScript(shell));
  std::vector<std::string> lines = absl::StrSplit(script.value(), '\n');
  lines.pop_back();
  return AnswerOf(std::move(script), {Lines(lines)});
}

absl::StatusOr<Answer> ShowVersion() {
  Version version;
  version.set_version(RESOURCE_BROKER_VERSION);
  version.set_compiler(__VERSION__);
  version.set_grpc(grpc::Version());
  version.set_openssl(OpenSSL_version(OPENSSL_VERSION));
  Part lines =
      Lines({absl::StrCat("brokerctl ", version.version()),
             absl::StrCat("gRPC ", version.grpc(), ", ", version.openssl(), ", compiler ", version.compiler())});
  return AnswerOf(std::move(version), {std::move(lines)});
}

}  // namespace

void AddOwnCommands(CLI::App* app, Command* chosen) {
  const auto shell = std::make_shared<std::string>();
  CLI::App* completion = AddCommand(app, "completion", "What a shell needs to complete brokerctl's words",
                                    "  source <(brokerctl completion bash)\n"
                                    "  source <(brokerctl completion zsh)\n"
                                    "  brokerctl completion fish | source\n"
                                    "  brokerctl completion powershell | Out-String | Invoke-Expression");
  completion->add_option("SHELL", *shell, "Which")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish", "powershell"}));
  completion->callback([chosen, shell] { chosen->here = [shell] { return ShowScript(*shell); }; });
  AddCommand(app, "version", "Of brokerctl and its libraries", "  brokerctl version\n  brokerctl -o json version")
      ->callback([chosen] { chosen->here = ShowVersion; });
}

}  // namespace resource_broker::brokerctl
