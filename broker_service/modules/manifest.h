// manifest.json of a module.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "resource_broker/v1/module.pb.h"

namespace resource_broker::broker {

// A manifest whose every field is as its comment in module.proto demands. InvalidArgument names the key. An unknown key
// is refused: a misspelt one must not silently be a default.
absl::StatusOr<v1::ModuleManifest> ParseManifest(std::string_view json);

// The largest manifest.json that is read: one with as many files as there may be.
inline constexpr size_t kMaxManifestBytes = 512 << 10;

// 1 to 64 of a-z, 0-9 and _. So a name is always one plain component of a path.
bool IsModuleName(std::string_view name);

// Three numbers, perhaps with a suffix. So a version, too, is one plain component of a path.
bool IsModuleVersion(std::string_view version);

// Whether "a" is an older version than "b". Both are as in a manifest: three numbers, perhaps with a suffix; with a
// suffix it is older than without.
bool OlderVersion(std::string_view a, std::string_view b);

}  // namespace resource_broker::broker
