#include "clients/cluster/clusapi_cluster.h"

#include <algorithm>
#include <array>
#include <functional>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "clients/cluster/cluster_error.h"
#include "clients/cluster/wide_text.h"
#include "resource_modules/sdk/property_list.h"
#include "resource_modules/sdk/property_list_builder.h"

namespace resource_broker::cluster {
namespace {

// Bounds on what a cluster may answer: things in a list, and bytes of a property list. Beyond them something is wrong.
constexpr DWORD kMaxListed = 65'536;
constexpr DWORD kMaxPropertyBytes = 1 << 20;
// Names grow between two calls at most so often.
constexpr int kTries = 4;

// A handle of clusapi.dll, closed at the end of its scope.
template <typename Result>
class Handle {
 public:
  Handle(HANDLE handle, Result(RESAPI_CALL* close)(HANDLE)) : handle_(handle), close_(close) {}
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  ~Handle() {
    if (handle_ != nullptr) close_(handle_);
  }

  HANDLE get() const { return handle_; }

 private:
  const HANDLE handle_;
  Result(RESAPI_CALL* const close_)(HANDLE);
};

// Calls until the buffer is large enough; `call` gets it and its size in characters with the zero, and gives a code.
absl::StatusOr<std::string> Text(absl::string_view what, const std::function<DWORD(WCHAR*, DWORD*)>& call, bool* end) {
  WideString buffer(256, 0);
  DWORD code = 0;
  for (int i = 0; i < kTries; ++i) {
    DWORD chars = static_cast<DWORD>(buffer.size());
    code = call(buffer.data(), &chars);
    if (code == 0) return Narrow(buffer.data(), buffer.size());
    if (code != kMoreData || chars > kMaxPropertyBytes) break;
    buffer.assign(size_t{chars} + 1, 0);
  }
  *end = code == kNoMoreItems;
  return StatusOfCode(what, code);
}

absl::StatusOr<std::vector<std::string>> Names(absl::string_view what,
                                               const std::function<DWORD(DWORD, WCHAR*, DWORD*)>& item) {
  std::vector<std::string> names;
  for (DWORD index = 0; index < kMaxListed; ++index) {
    bool end = false;
    absl::StatusOr<std::string> name = Text(
        what, [&](WCHAR* text, DWORD* chars) { return item(index, text, chars); }, &end);
    if (end) return names;
    if (!name.ok()) return name.status();
    names.push_back(*std::move(name));
  }
  return absl::InternalError(absl::StrCat(what, ": more than ", kMaxListed));
}

class ClusapiCluster : public ClusterApi {
 public:
  ClusapiCluster(const Clusapi& clusapi, HANDLE cluster) : api_(clusapi), cluster_(cluster, clusapi.CloseCluster) {}

  absl::StatusOr<std::string> Name() override {
    bool end = false;
    return Text(
        "the cluster's name",
        [&](WCHAR* text, DWORD* chars) { return api_.GetClusterInformation(cluster_.get(), text, chars, nullptr); },
        &end);
  }

  absl::StatusOr<std::vector<ClusterNode>> Nodes() override {
    const absl::StatusOr<std::vector<std::string>> names = List("the cluster's nodes", kEnumNodes);
    if (!names.ok()) return names.status();
    std::vector<ClusterNode> nodes;
    for (const std::string& name : *names) {
      const Handle node(api_.OpenClusterNode(cluster_.get(), Wide(name).c_str()), api_.CloseClusterNode);
      nodes.push_back({name, node.get() == nullptr ? -1 : api_.GetClusterNodeState(node.get())});
    }
    return nodes;
  }

  absl::StatusOr<std::optional<ResourceType>> FindType(const std::string& type) override {
    const absl::StatusOr<std::vector<std::string>> names = List("the cluster's resource types", kEnumTypes);
    if (!names.ok()) return names.status();
    for (const std::string& name : *names) {
      if (!absl::EqualsIgnoreCase(name, type)) continue;
      ResourceType found;
      found.name = name;
      // Which of the two lists DllName is in has changed over the years.
      if (absl::Status status = Read(kGetReadOnlyProperties, &found); !status.ok()) return status;
      if (absl::Status status = Read(kGetProperties, &found); !status.ok()) return status;
      return found;
    }
    return std::nullopt;
  }

  absl::StatusOr<std::vector<ClusterResource>> ResourcesOf(const std::string& type) override {
    const absl::StatusOr<std::vector<std::string>> names = ListOf(type, "resources", kEnumResourcesOfType);
    if (!names.ok()) return names.status();
    std::vector<ClusterResource> resources;
    for (const std::string& name : *names) {
      const Handle resource(api_.OpenClusterResource(cluster_.get(), Wide(name).c_str()), api_.CloseClusterResource);
      if (resource.get() == nullptr) {
        const uint32_t code = api_.last_error();
        if (code == kResourceNotFound) continue;  // removed since it was listed
        return StatusOfCode(absl::StrCat("resource \"", name, "\""), code);
      }
      resources.push_back(Look(name, resource.get()));
    }
    return resources;
  }

  absl::StatusOr<std::vector<std::string>> HostsOf(const std::string& type) override {
    return ListOf(type, "nodes", kEnumNodesOfType);
  }

  absl::Status CreateType(const std::string& type, const std::string& display_name, const std::string& dll,
                          uint32_t looks_alive_ms, uint32_t is_alive_ms) override {
    return StatusOfCode(absl::StrCat("creating resource type \"", type, "\""),
                        api_.CreateClusterResourceType(cluster_.get(), Wide(type).c_str(), Wide(display_name).c_str(),
                                                       Wide(dll).c_str(), looks_alive_ms, is_alive_ms));
  }

  absl::Status SetProperties(const std::string& type, const std::optional<std::string>& display_name,
                             const TypeNumbers& numbers) override {
    sdk::PropertyListBuilder builder;
    if (display_name.has_value())
      builder.Text(ipc::Utf16FromUtf8Lossy(kDisplayName), ipc::Utf16FromUtf8Lossy(*display_name));
    for (const auto& [name, number] : numbers) builder.Dword(ipc::Utf16FromUtf8Lossy(name), number);
    std::string list = builder.Build();
    DWORD returned = 0;
    return StatusOfCode(
        absl::StrCat("setting properties of resource type \"", type, "\""),
        api_.ClusterResourceTypeControl(cluster_.get(), Wide(type).c_str(), nullptr, kSetProperties, list.data(),
                                        static_cast<DWORD>(list.size()), nullptr, 0, &returned));
  }

  absl::Status DeleteType(const std::string& type) override {
    return StatusOfCode(absl::StrCat("removing resource type \"", type, "\""),
                        api_.DeleteClusterResourceType(cluster_.get(), Wide(type).c_str()));
  }

 private:
  absl::StatusOr<std::vector<std::string>> List(absl::string_view what, DWORD kinds) {
    const Handle list(api_.ClusterOpenEnum(cluster_.get(), kinds), api_.ClusterCloseEnum);
    if (list.get() == nullptr) return StatusOfCode(what, api_.last_error());
    DWORD kind = 0;
    return Names(what, [&](DWORD index, WCHAR* text, DWORD* chars) {
      return api_.ClusterEnum(list.get(), index, &kind, text, chars);
    });
  }

  absl::StatusOr<std::vector<std::string>> ListOf(const std::string& type, absl::string_view things, DWORD kinds) {
    const std::string what = absl::StrCat("the ", things, " of resource type \"", type, "\"");
    const Handle list(api_.ClusterResourceTypeOpenEnum(cluster_.get(), Wide(type).c_str(), kinds),
                      api_.ClusterResourceTypeCloseEnum);
    if (list.get() == nullptr) return StatusOfCode(what, api_.last_error());
    DWORD kind = 0;
    return Names(what, [&](DWORD index, WCHAR* text, DWORD* chars) {
      return api_.ClusterResourceTypeEnum(list.get(), index, &kind, text, chars);
    });
  }

  // Adds what the list of that control code says.
  absl::Status Read(DWORD code, ResourceType* type) {
    const std::string what = absl::StrCat("the properties of resource type \"", type->name, "\"");
    const WideString name = Wide(type->name);
    std::string buffer(4096, '\0');
    DWORD returned = 0;
    DWORD answer = kMoreData;
    for (int i = 0; i < kTries && answer == kMoreData; ++i) {
      if (returned > kMaxPropertyBytes) return absl::InternalError(absl::StrCat(what, ": ", returned, " bytes"));
      buffer.resize(std::max<size_t>(buffer.size(), returned));
      answer = api_.ClusterResourceTypeControl(cluster_.get(), name.c_str(), nullptr, code, nullptr, 0, buffer.data(),
                                               static_cast<DWORD>(buffer.size()), &returned);
    }
    if (answer == kInvalidFunction && code == kGetReadOnlyProperties) return absl::OkStatus();  // there are none
    if (answer != 0) return StatusOfCode(what, answer);
    if (returned == 0) return absl::OkStatus();
    const absl::StatusOr<sdk::Properties> properties =
        sdk::ParsePropertyList({buffer.data(), std::min<size_t>(returned, buffer.size())});
    if (!properties.ok()) return absl::InternalError(absl::StrCat(what, ": ", properties.status().message()));
    for (const auto& [property, value] : properties->values()) {
      const std::string& text = value.has_expand_text() ? value.expand_text() : value.text();
      if (absl::EqualsIgnoreCase(property, kDllName)) type->dll = text;
      if (absl::EqualsIgnoreCase(property, kDisplayName)) type->display_name = text;
      for (const TypeProperty& known : kTypeProperties) {
        if (value.has_number() && absl::EqualsIgnoreCase(property, known.name))
          type->numbers[known.name] = value.number();
      }
    }
    return absl::OkStatus();
  }

  ClusterResource Look(const std::string& name, HANDLE resource) {
    // Longer than any name of a node or a group.
    std::array<WCHAR, 1024> node{};
    std::array<WCHAR, 1024> group{};
    DWORD node_chars = static_cast<DWORD>(node.size());
    DWORD group_chars = static_cast<DWORD>(group.size());
    const int32_t state = api_.GetClusterResourceState(resource, node.data(), &node_chars, group.data(), &group_chars);
    return {name, state, Narrow(node.data(), node.size()), Narrow(group.data(), group.size())};
  }

  const Clusapi api_;
  const Handle<BOOL> cluster_;
};

// A handle to the local cluster says little about why there is none; this function is for that.
absl::Status CheckThisNode(const Clusapi& clusapi) {
  DWORD state = 0;
  if (const DWORD code = clusapi.GetNodeClusterState(nullptr, &state); code != 0) {
    return StatusOfCode("the cluster service of this machine", code);
  }
  switch (state) {
    case kNotInstalled:
      return absl::UnavailableError(
          "Failover Clustering is not installed on this machine: run this on a node, or name the cluster with "
          "--cluster");
    case kNotConfigured:
      return absl::UnavailableError(
          "this machine is a node of no cluster yet: create or join one, or name the cluster with --cluster");
    case kNotRunning:
      return absl::UnavailableError(
          "the cluster service of this node does not run: `Start-Service ClusSvc`, or name the cluster with --cluster");
    default:
      return absl::OkStatus();
  }
}

}  // namespace

absl::StatusOr<std::unique_ptr<ClusterApi>> OpenThrough(const Clusapi& clusapi, const std::string& cluster) {
  if (cluster.empty()) {
    if (absl::Status status = CheckThisNode(clusapi); !status.ok()) return status;
  }
  const WideString name = Wide(cluster);
  HANDLE handle = clusapi.OpenCluster(cluster.empty() ? nullptr : name.c_str());
  if (handle == nullptr) {
    return StatusOfCode(
        cluster.empty() ? "connecting to this node's cluster" : absl::StrCat("connecting to cluster \"", cluster, "\""),
        clusapi.last_error());
  }
  return std::make_unique<ClusapiCluster>(clusapi, handle);
}

}  // namespace resource_broker::cluster
