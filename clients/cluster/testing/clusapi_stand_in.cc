#include "clients/cluster/testing/clusapi_stand_in.h"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "clients/cluster/cluster_error.h"
#include "clients/cluster/testing/last_error.h"
#include "clients/cluster/testing/stand_in_state.h"
#include "clients/cluster/type_properties.h"
#include "clients/cluster/wide_text.h"
#include "resource_modules/sdk/program.h"
#include "resource_modules/sdk/property_list.h"
#include "resource_modules/sdk/property_list_builder.h"

namespace resource_broker::cluster::testing {
namespace {

constexpr uint32_t kInvalidParameter = 87;
constexpr uint32_t kDirNotEmpty = 145;
constexpr uint32_t kAlreadyExists = 183;
constexpr uint32_t kNoServer = 1722;
// What the real one has beside the numbers is not settable, and unknown names are refused.
constexpr size_t kMaxTextBytes = 4096;

std::string& FileName() {
  static std::string file;
  return file;
}

std::string File() { return FileName().empty() ? sdk::EnvironmentVariable(kFileVariable).value_or("") : FileName(); }

StandInState State() { return StandInState::Load(File()); }

std::atomic<int> g_handles{0};

// What every handle is: the name of the thing, or the names of a list.
struct Opened {
  std::vector<std::string> names;
};

HANDLE Open(std::vector<std::string> names) {
  ++g_handles;
  return new Opened{std::move(names)};
}

Opened* Of(HANDLE handle) { return static_cast<Opened*>(handle); }

BOOL Close(HANDLE handle) {
  --g_handles;
  delete Of(handle);
  return 1;
}

HANDLE Fail(uint32_t code) {
  SetLastErrorCode(code);
  return nullptr;
}

std::string TextOf(const WCHAR* text) { return text == nullptr ? "" : Narrow(text, kMaxTextBytes); }

// As clusapi.dll gives text: the size is without the zero, also where the buffer is too small.
DWORD Give(const std::string& text, WCHAR* buffer, DWORD* chars) {
  const WideString wide = Wide(text);
  const size_t room = *chars;
  *chars = static_cast<DWORD>(wide.size());
  if (room <= wide.size()) return kMoreData;
  std::copy_n(wide.c_str(), wide.size() + 1, buffer);
  return 0;
}

DWORD GiveOne(HANDLE list, DWORD index, WCHAR* name, DWORD* name_chars) {
  const std::vector<std::string>& names = Of(list)->names;
  return index < names.size() ? Give(names[index], name, name_chars) : kNoMoreItems;
}

void Called(const std::string& what) {
  std::ofstream(std::filesystem::u8path(File() + ".calls"), std::ios::app | std::ios::binary) << what << "\n";
}

std::u16string Utf16(absl::string_view text) { return ipc::Utf16FromUtf8Lossy({text.data(), text.size()}); }

DWORD GiveList(const StandInState& state, const sdk::PropertyListBuilder& builder, void* out, DWORD out_bytes,
               DWORD* returned_bytes) {
  const std::string list = state.Lines("nobytes").empty() ? builder.Build() : "none";
  *returned_bytes = static_cast<DWORD>(list.size());
  if (out_bytes < list.size()) return kMoreData;
  std::memcpy(out, list.data(), list.size());
  return 0;
}

DWORD SetList(StandInState* state, StandInState::Type* type, absl::string_view list) {
  const absl::StatusOr<sdk::Properties> properties = sdk::ParsePropertyList(list);
  if (!properties.ok()) return kInvalidParameter;
  for (const auto& [name, value] : properties->values()) {
    const bool number = std::any_of(
        std::begin(kTypeProperties), std::end(kTypeProperties),
        [&](const TypeProperty& one) { return name == one.name && value.has_number() && value.number() >= one.least; });
    if (number) {
      type->numbers[name] = value.number();
    } else if (name == kDisplayName && value.has_text()) {
      type->display_name = value.text();
    } else {
      return kInvalidParameter;
    }
  }
  state->Save(File());
  return 0;
}

// The names of the lines of that kind, if the column of each is `wanted`.
std::vector<std::string> NamesWhere(const StandInState& state, absl::string_view kind, size_t column,
                                    absl::string_view wanted) {
  std::vector<std::string> names;
  for (const std::vector<std::string>& words : state.Lines(kind)) {
    if (words.size() > column && absl::EqualsIgnoreCase(words[column], wanted)) names.push_back(words[1]);
  }
  return names;
}

LONG NumberIn(const std::string& text) {
  int32_t number = -1;
  return absl::SimpleAtoi(text, &number) ? number : -1;
}

}  // namespace

void SetStandInFile(const std::string& file) { FileName() = file; }
int OpenHandles() { return g_handles; }

Clusapi StandIn() {
  Clusapi clusapi;
#define CLUSAPI_FUNCTION(result, name, parameters) clusapi.name = ::name;
#include "clients/cluster/clusapi_functions.inc"
#undef CLUSAPI_FUNCTION
  clusapi.last_error = LastErrorCode;
  return clusapi;
}

}  // namespace resource_broker::cluster::testing

using namespace resource_broker::cluster;           // NOLINT: one file of them
using namespace resource_broker::cluster::testing;  // NOLINT

DWORD RESAPI_CALL GetNodeClusterState(const WCHAR*, DWORD* state) {
  const auto lines = State().Lines("service");
  *state = lines.empty() ? 19 : static_cast<DWORD>(NumberIn(lines[0][1]));
  return State().Failure("GetNodeClusterState");
}

HANDLE RESAPI_CALL OpenCluster(const WCHAR* name) {
  const StandInState state = State();
  if (const uint32_t code = state.Failure("OpenCluster"); code != 0) return Fail(code);
  if (name != nullptr && NamesWhere(state, "cluster", 1, TextOf(name)).empty()) return Fail(kNoServer);
  return Open({TextOf(name)});
}

BOOL RESAPI_CALL CloseCluster(HANDLE cluster) { return Close(cluster); }

DWORD RESAPI_CALL GetClusterInformation(HANDLE, WCHAR* name, DWORD* name_chars, void*) {
  const auto lines = State().Lines("cluster");
  return Give(lines.empty() ? "" : lines[0][1], name, name_chars);
}

HANDLE RESAPI_CALL ClusterOpenEnum(HANDLE, DWORD kinds) {
  const StandInState state = State();
  if (const uint32_t code = state.Failure("ClusterOpenEnum"); code != 0) return Fail(code);
  std::vector<std::string> names;
  if (kinds == kEnumNodes) {
    for (const auto& words : state.Lines("node")) names.push_back(words[1]);
  } else if (kinds == kEnumTypes) {
    names = {"Generic Service"};
    for (const StandInState::Type& type : state.types) names.push_back(type.name);
  }
  return Open(std::move(names));
}

DWORD RESAPI_CALL ClusterEnum(HANDLE list, DWORD index, DWORD*, WCHAR* name, DWORD* name_chars) {
  return GiveOne(list, index, name, name_chars);
}

DWORD RESAPI_CALL ClusterCloseEnum(HANDLE list) { return Close(list) == 1 ? 0 : 1; }

HANDLE RESAPI_CALL OpenClusterNode(HANDLE, const WCHAR* name) { return Open({TextOf(name)}); }
BOOL RESAPI_CALL CloseClusterNode(HANDLE node) { return Close(node); }

LONG RESAPI_CALL GetClusterNodeState(HANDLE node) {
  for (const auto& words : State().Lines("node")) {
    if (words[1] == Of(node)->names[0]) return NumberIn(words[2]);
  }
  return -1;
}

HANDLE RESAPI_CALL OpenClusterResource(HANDLE, const WCHAR* name) {
  if (const uint32_t code = State().Failure("OpenClusterResource"); code != 0) return Fail(code);
  return Open({TextOf(name)});
}

BOOL RESAPI_CALL CloseClusterResource(HANDLE resource) { return Close(resource); }

LONG RESAPI_CALL GetClusterResourceState(HANDLE resource, WCHAR* node, DWORD* node_chars, WCHAR* group,
                                         DWORD* group_chars) {
  for (const auto& words : State().Lines("resource")) {
    if (words[1] != Of(resource)->names[0]) continue;
    Give(words[4], node, node_chars);
    Give(words[5], group, group_chars);
    return NumberIn(words[3]);
  }
  return -1;
}

DWORD RESAPI_CALL CreateClusterResourceType(HANDLE, const WCHAR* type, const WCHAR* display_name, const WCHAR* dll,
                                            DWORD looks_alive_ms, DWORD is_alive_ms) {
  Called(absl::StrCat("CreateClusterResourceType ", TextOf(type), " ", TextOf(dll), " ", looks_alive_ms, " ",
                      is_alive_ms));
  StandInState state = State();
  if (const uint32_t code = state.Failure("CreateClusterResourceType"); code != 0) return code;
  if (state.FindType(TextOf(type)) != nullptr) return kAlreadyExists;
  state.types.push_back({TextOf(type),
                         TextOf(display_name),
                         TextOf(dll),
                         {{kLooksAlive.name, looks_alive_ms}, {kIsAlive.name, is_alive_ms}}});
  state.Save(File());
  return 0;
}

DWORD RESAPI_CALL DeleteClusterResourceType(HANDLE, const WCHAR* type) {
  Called(absl::StrCat("DeleteClusterResourceType ", TextOf(type)));
  StandInState state = State();
  if (const uint32_t code = state.Failure("DeleteClusterResourceType"); code != 0) return code;
  StandInState::Type* found = state.FindType(TextOf(type));
  if (found == nullptr) return kTypeNotFound;
  if (!NamesWhere(state, "resource", 2, found->name).empty()) return kDirNotEmpty;
  state.types.erase(state.types.begin() + (found - state.types.data()));
  state.Save(File());
  return 0;
}

DWORD RESAPI_CALL ClusterResourceTypeControl(HANDLE, const WCHAR* type, HANDLE, DWORD code, void* in, DWORD in_bytes,
                                             void* out, DWORD out_bytes, DWORD* returned_bytes) {
  StandInState state = State();
  StandInState::Type* found = state.FindType(TextOf(type));
  *returned_bytes = 0;
  if (code == kSetProperties) {
    Called(absl::StrCat("ClusterResourceTypeControl ", TextOf(type)));
    if (const uint32_t failure = state.Failure("ClusterResourceTypeControl"); failure != 0) return failure;
  }
  if (found == nullptr) return kTypeNotFound;
  if (code == kSetProperties) return SetList(&state, found, {static_cast<const char*>(in), in_bytes});
  resource_broker::sdk::PropertyListBuilder builder;
  if (code == kGetReadOnlyProperties) {
    builder.Text(Utf16(kDllName), Utf16(found->dll));
  } else if (code == kGetProperties) {
    builder.Text(Utf16(kDisplayName), Utf16(found->display_name));
    builder.Text(u"AdminExtensions", u"");
    for (const auto& [name, number] : found->numbers) builder.Dword(Utf16(name), number);
  } else {
    return kInvalidFunction;
  }
  return GiveList(state, builder, out, out_bytes, returned_bytes);
}

HANDLE RESAPI_CALL ClusterResourceTypeOpenEnum(HANDLE, const WCHAR* type, DWORD kinds) {
  StandInState state = State();
  if (const uint32_t code = state.Failure("ClusterResourceTypeOpenEnum"); code != 0) return Fail(code);
  if (state.FindType(TextOf(type)) == nullptr) return Fail(kTypeNotFound);
  return Open(kinds == kEnumNodesOfType ? NamesWhere(state, "node", 3, "yes")
                                        : NamesWhere(state, "resource", 2, TextOf(type)));
}

DWORD RESAPI_CALL ClusterResourceTypeEnum(HANDLE list, DWORD index, DWORD*, WCHAR* name, DWORD* name_chars) {
  return GiveOne(list, index, name, name_chars);
}

DWORD RESAPI_CALL ClusterResourceTypeCloseEnum(HANDLE list) { return Close(list) == 1 ? 0 : 1; }
