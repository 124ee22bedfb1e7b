#include "clients/cluster/registration.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "bridge_dll/type_name.h"
#include "clients/cluster/cluster_error.h"
#include "clients/cluster/dll_path.h"

namespace resource_broker::cluster {
namespace {

// A type is a key of the cluster database, and so long a key's name may be.
constexpr size_t kMaxTypeName = 255;
// Named in an error; of more it says how many.
constexpr size_t kMaxNamed = 10;

std::string Quoted(absl::string_view text) { return absl::StrCat("\"", text, "\""); }

// What an existing type has to become. Empty: it is that.
struct Difference {
  std::optional<std::string> display_name;
  TypeNumbers numbers;
  std::vector<std::string> words;
};

Difference Compare(const Registration& wanted, const ResourceType& type) {
  Difference difference;
  if (wanted.display_name.has_value() && *wanted.display_name != type.display_name) {
    difference.display_name = wanted.display_name;
    difference.words.push_back(
        absl::StrCat("display name: ", Quoted(type.display_name), " -> ", Quoted(*wanted.display_name)));
  }
  for (const auto& [name, number] : wanted.numbers) {
    for (const TypeProperty& property : kTypeProperties) {
      if (name != property.name || NumberOf(type.numbers, property) == number) continue;
      difference.numbers[name] = number;
      difference.words.push_back(absl::StrCat(name, ": ", NumberOf(type.numbers, property), " -> ", number));
    }
  }
  return difference;
}

// Windows takes the lower one of the two for granted (documented: resources-pendingtimeout), so that a longer
// PendingTimeout would be one that is not kept.
absl::Status CheckTogether(const TypeNumbers& wanted, const TypeNumbers& present) {
  TypeNumbers all = wanted;
  all.insert(present.begin(), present.end());
  const uint32_t pending = NumberOf(all, kPendingTimeout);
  const uint32_t deadlock = NumberOf(all, kDeadlockTimeout);
  if (pending <= deadlock || wanted.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      "PendingTimeout ", pending, " would be more than DeadlockTimeout ", deadlock,
      ", and the cluster goes by the lower one: give both --pending-timeout-ms and --deadlock-timeout-ms"));
}

// FailedPrecondition saying what has to go first.
absl::Status CheckUnused(ClusterApi& cluster, const ResourceType& type) {
  const absl::StatusOr<std::vector<ClusterResource>> resources = cluster.ResourcesOf(type.name);
  if (!resources.ok()) return resources.status();
  if (resources->empty()) return absl::OkStatus();
  std::vector<std::string> names;
  for (const ClusterResource& resource : *resources) {
    if (names.size() < kMaxNamed) names.push_back(Quoted(resource.name));
  }
  if (resources->size() > kMaxNamed) names.push_back(absl::StrCat(resources->size() - kMaxNamed, " more"));
  return absl::FailedPreconditionError(absl::StrCat("resource type ", Quoted(type.name), " is in use by ",
                                                    absl::StrJoin(names, ", "),
                                                    ": remove these resources first (Remove-ClusterResource)"));
}

// Of a type with another DLL: may it go? DllName is read-only (documented: resource-types-dllname), so that the type
// has to be made anew.
absl::Status CheckReplaceable(ClusterApi& cluster, const Registration& wanted, const ResourceType& type) {
  if (!wanted.replace) {
    return absl::FailedPreconditionError(absl::StrCat(
        "resource type ", Quoted(type.name), " is registered with another DLL, ", Quoted(type.dll), ", not ",
        Quoted(wanted.dll), ": --replace removes it and registers it anew, or name that one with --dll"));
  }
  return CheckUnused(cluster, type);
}

// Sets what differs on a type that is there.
void Adjust(ClusterApi& cluster, const Registration& wanted, Change* change) {
  const absl::StatusOr<std::optional<ResourceType>> type = cluster.FindType(wanted.type);
  if (!type.ok()) {
    change->problem = type.status();
    return;
  }
  if (!type->has_value()) {
    change->problem = StatusOfCode(absl::StrCat("resource type ", Quoted(wanted.type)), kTypeNotFound);
    return;
  }
  const Difference difference = Compare(wanted, **type);
  if (difference.words.empty()) return;
  change->problem = cluster.SetProperties((*type)->name, difference.display_name, difference.numbers);
  if (!change->problem.ok()) return;
  change->changes.insert(change->changes.end(), difference.words.begin(), difference.words.end());
}

// A new type, or one in the place of `old`.
void Create(ClusterApi& cluster, Registration wanted, const std::optional<ResourceType>& old, Change* change) {
  if (old.has_value()) {
    change->problem = cluster.DeleteType(old->name);
    if (!change->problem.ok()) return;
    change->changes.push_back(
        absl::StrCat("removed resource type ", Quoted(old->name), " with DLL ", Quoted(old->dll)));
    wanted.numbers.insert(old->numbers.begin(), old->numbers.end());
    if (!wanted.display_name.has_value()) wanted.display_name = old->display_name;
  }
  for (const TypeProperty& property : kTypeProperties) wanted.numbers.insert({property.name, property.usual});
  if (!wanted.display_name.has_value() || wanted.display_name->empty()) wanted.display_name = wanted.type;
  change->problem = cluster.CreateType(wanted.type, *wanted.display_name, wanted.dll, wanted.numbers[kLooksAlive.name],
                                       wanted.numbers[kIsAlive.name]);
  if (!change->problem.ok()) return;
  change->changes.push_back(
      absl::StrCat("registered resource type ", Quoted(wanted.type), " with DLL ", Quoted(wanted.dll)));
  Adjust(cluster, wanted, change);
}

// Nothing was changed: the problem is all there is to say.
absl::StatusOr<Change> Concluded(Change change) {
  if (change.changes.empty() && !change.problem.ok()) return change.problem;
  return change;
}

}  // namespace

absl::Status CheckTypeName(const std::string& type) {
  if (!bridge::IsOurType(type)) {
    return absl::InvalidArgumentError(absl::StrCat("--type: the bridge serves types named ", Quoted(bridge::kTypeName),
                                                   " or that with a blank and more behind it, not ", Quoted(type)));
  }
  const auto unfit = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F || c == '\\'; };
  if (type.size() <= kMaxTypeName && std::none_of(type.begin(), type.end(), unfit)) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("--type: at most ", kMaxTypeName, " bytes, without backslashes and control characters"));
}

absl::StatusOr<Change> Register(ClusterApi& cluster, const Registration& registration) {
  if (absl::Status status = CheckTypeName(registration.type); !status.ok()) return status;
  const absl::StatusOr<std::optional<ResourceType>> type = cluster.FindType(registration.type);
  if (!type.ok()) return type.status();
  absl::Status status = CheckTogether(registration.numbers, type->has_value() ? (*type)->numbers : TypeNumbers());
  if (!status.ok()) return status;
  Change change;
  if (type->has_value() && SameDll((*type)->dll, registration.dll)) {
    Adjust(cluster, registration, &change);
    return Concluded(std::move(change));
  }
  if (type->has_value()) {
    status = CheckReplaceable(cluster, registration, **type);
    if (!status.ok()) return status;
  }
  Create(cluster, registration, *type, &change);
  return Concluded(std::move(change));
}

absl::StatusOr<Change> Unregister(ClusterApi& cluster, const std::string& type) {
  if (absl::Status status = CheckTypeName(type); !status.ok()) return status;
  const absl::StatusOr<std::optional<ResourceType>> found = cluster.FindType(type);
  if (!found.ok()) return found.status();
  Change change;
  if (!found->has_value()) return change;
  if (absl::Status status = CheckUnused(cluster, **found); !status.ok()) return status;
  if (absl::Status status = cluster.DeleteType((*found)->name); !status.ok()) return status;
  change.changes.push_back(absl::StrCat("removed resource type ", Quoted((*found)->name)));
  return change;
}

}  // namespace resource_broker::cluster
