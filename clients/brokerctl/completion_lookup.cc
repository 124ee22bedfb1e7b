#include "clients/brokerctl/completion_lookup.h"

#include <chrono>
#include <map>
#include <memory>
#include <thread>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "clients/brokerctl/contexts.h"
#include "clients/brokerctl/fan_out.h"
#include "clients/brokerctl/globals.h"
#include "clients/brokerctl/node.h"
#include "clients/names/explanations.h"
#include "resource_broker/v1/activation.grpc.pb.h"
#include "resource_broker/v1/admin.grpc.pb.h"

namespace resource_broker::brokerctl {
namespace {

constexpr absl::Duration kLimit = absl::Seconds(1);
constexpr std::chrono::milliseconds kCall(900);
constexpr uint32_t kPage = 1000;
constexpr uint32_t kOperations = 100;
constexpr size_t kParallel = 64;

using Words = std::map<std::string, std::string>;

void AddResources(const Node& node, Words* words) {
  v1::ListResourcesRequest request;
  request.set_page_size(kPage);
  const auto page = node.Call(&v1::Admin::Stub::ListResources, request);
  if (!page.ok()) return;
  for (const v1::ResourceStatus& resource : page->resources()) (*words)[resource.resource()] = resource.module();
}

void AddOperations(const Node& node, Words* words) {
  v1::ListOperationsRequest request;
  request.set_page_size(kOperations);
  const auto page = node.Call(&v1::Admin::Stub::ListOperations, request);
  if (!page.ok()) return;
  for (const v1::OperationRecord& record : page->operations()) {
    (*words)[absl::BytesToHexString(record.operation().id())] =
        absl::StrCat(record.operation().kind() == v1::ONLINE ? "Online " : "Offline ", record.operation().resource());
  }
}

// Versions of one module, or the modules where that is empty.
void AddModules(const Node& node, const std::string& module, Words* words) {
  v1::ListModuleVersionsRequest request;
  request.set_module(module);
  const auto answer = node.Call(&v1::Activation::Stub::ListModuleVersions, request);
  if (!answer.ok()) return;
  for (const v1::ModuleVersions& one : answer->modules()) {
    if (module.empty()) (*words)[one.name()] = one.active();
    for (const v1::ModuleVersions::VersionStatus& version : one.versions()) {
      if (!module.empty()) (*words)[version.version()] = version.version() == one.active() ? "active" : "";
    }
  }
}

void AddOf(const Node& node, const std::string& kind, const std::vector<std::string>& positionals, Words* words) {
  if (kind == "RESOURCE") AddResources(node, words);
  if (kind == "ID") AddOperations(node, words);
  if (kind == "MODULE") AddModules(node, "", words);
  if (kind == "VERSION" && !positionals.empty()) AddModules(node, positionals[0], words);
}

Words AskNodes(const std::string& kind, const Globals& globals, const std::vector<std::string>& positionals) {
  const absl::StatusOr<std::vector<Endpoint>> endpoints = ChooseEndpoints(globals);
  if (!endpoints.ok()) return {};
  absl::Mutex mutex;
  Words all;
  OnEach(endpoints->size(), kParallel, [&](size_t i) {
    const absl::StatusOr<Node> node = Node::Open((*endpoints)[i], kCall);
    if (!node.ok()) return;
    Words words;
    AddOf(*node, kind, positionals, &words);
    absl::MutexLock lock(&mutex);
    all.merge(words);
  });
  return all;
}

Words Ask(const std::string& kind, const Globals& globals, const std::vector<std::string>& positionals) {
  if (kind != "CONTEXT") return AskNodes(kind, globals, positionals);
  Words words = {{kLocalContext, "the local pipe or socket"}};
  const absl::StatusOr<Contexts> contexts = LoadContexts(ContextsFile(globals));
  if (!contexts.ok()) return words;
  for (const Context& context : contexts->contexts())
    words[context.name()] = absl::StrCat(context.nodes_size(), " nodes");
  return words;
}

// What the thread that asks may still write to when nobody waits for it any more.
struct Asked {
  absl::Notification done;
  Words words;
};

std::vector<Candidate> CandidatesOf(const Words& words) {
  std::vector<Candidate> candidates;
  for (const auto& [text, description] : words) candidates.push_back({text, description});
  return candidates;
}

}  // namespace

std::vector<Candidate> LookUp(const std::string& kind, const std::vector<std::string>& globals,
                              const std::vector<std::string>& positionals) {
  Words names;
  const bool event = kind == "EVENT";
  for (const names::Explanation& explanation : names::AllExplanations()) {
    const bool wanted = kind == "CODE" || (event && explanation.kind == "event") ||
                        (kind == "STATE" && explanation.kind == "resource state");
    if (wanted) names[std::string(explanation.name)] = std::string(explanation.words);
  }
  if (!names.empty()) return CandidatesOf(names);
  Globals chosen;
  CLI::App app;
  AddGlobalOptions(&app, &chosen);
  try {
    app.parse(std::vector<std::string>(globals.rbegin(), globals.rend()));
  } catch (const CLI::ParseError&) {
    return {};
  }
  const auto asked = std::make_shared<Asked>();
  std::thread([asked, kind, chosen, positionals] {
    asked->words = Ask(kind, chosen, positionals);
    asked->done.Notify();
  }).detach();
  return asked->done.WaitForNotificationWithTimeout(kLimit) ? CandidatesOf(asked->words) : std::vector<Candidate>();
}

}  // namespace resource_broker::brokerctl
