#include "clients/brokerctl/contexts.h"

#include <algorithm>
#include <set>
#include <system_error>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "clients/brokerctl/endpoint.h"
#include "clients/brokerctl/json.h"
#include "clients/brokerctl/private_file.h"
#include "clients/brokerctl/text_file.h"
#include "google/protobuf/util/json_util.h"

namespace resource_broker::brokerctl {
namespace {

constexpr size_t kMaxFileBytes = 1 << 20;
constexpr int kMaxNodes = 256;
constexpr size_t kMaxName = 64;

absl::Status Wrong(const std::string& name, const std::string& what) {
  return absl::InvalidArgumentError(absl::StrCat("context \"", name, "\": ", what));
}

bool IsName(const std::string& name) {
  return !name.empty() && name.size() <= kMaxName && std::all_of(name.begin(), name.end(), [](unsigned char character) {
    return absl::ascii_isalnum(character) || absl::StrContains("._-", static_cast<char>(character));
  });
}

}  // namespace

absl::Status CheckContext(const Context& context) {
  const std::string& name = context.name();
  if (!IsName(name)) return Wrong(name, "a name is 1 to 64 letters, digits, '.', '_' and '-'");
  if (name == kLocalContext) return Wrong(name, "that is what the local pipe or socket is called");
  if (context.nodes().empty() || context.nodes_size() > kMaxNodes) return Wrong(name, "needs 1 to 256 nodes");
  for (const std::string& node : context.nodes()) {
    const absl::StatusOr<NodeAddress> address = ParseNodeAddress(node);
    if (!address.ok()) return Wrong(name, std::string(address.status().message()));
    if (context.plaintext() && !address->loopback) {
      return Wrong(name, absl::StrCat("without TLS only loopback addresses are allowed, not ", node));
    }
  }
  const bool any_file =
      !context.ca_file().empty() || !context.certificate_file().empty() || !context.key_file().empty();
  const bool every_file =
      !context.ca_file().empty() && !context.certificate_file().empty() && !context.key_file().empty();
  if (context.plaintext() && any_file) return Wrong(name, "plaintext goes without --ca, --cert and --key");
  if (!context.plaintext() && !every_file) return Wrong(name, "needs --ca, --cert and --key");
  return absl::OkStatus();
}

absl::StatusOr<Contexts> LoadContexts(const std::filesystem::path& file) {
  std::error_code error;
  if (file.empty() || !std::filesystem::exists(file, error)) return Contexts();
  const absl::StatusOr<std::string> text = ReadTextFile(file, kMaxFileBytes);
  if (!text.ok()) return text.status();
  Contexts contexts;
  const auto parsed = google::protobuf::util::JsonStringToMessage(*text, &contexts);
  const auto wrong = [&](absl::string_view what) {
    return absl::InvalidArgumentError(absl::StrCat(file.u8string(), ": ", what));
  };
  if (!parsed.ok()) return wrong(absl::string_view(parsed.message().data(), parsed.message().size()));
  std::set<std::string> names;
  for (const Context& context : contexts.contexts()) {
    if (absl::Status status = CheckContext(context); !status.ok()) return wrong(status.message());
    if (!names.insert(context.name()).second) return wrong(absl::StrCat("two contexts are called ", context.name()));
  }
  if (!contexts.current().empty() && names.count(contexts.current()) == 0) {
    return wrong(absl::StrCat("current: there is no context \"", contexts.current(), "\""));
  }
  return contexts;
}

absl::Status SaveContexts(const std::filesystem::path& file, const Contexts& contexts) {
  if (file.empty()) return absl::FailedPreconditionError("there is no home folder for contexts; say --contexts FILE");
  if (absl::Status status = MakePrivateFolder(file.parent_path()); !status.ok()) return status;
  return ReplacePrivateFile(file, FormatJson(contexts, /*compact=*/false));
}

absl::StatusOr<Context> FindContext(const Contexts& contexts, const std::string& name) {
  std::string known = kLocalContext;
  for (const Context& context : contexts.contexts()) {
    if (context.name() == name) return context;
    absl::StrAppend(&known, ", ", context.name());
  }
  return absl::NotFoundError(absl::StrCat("there is no context \"", name, "\"; there are ", known));
}

}  // namespace resource_broker::brokerctl
