// The resources a module has been told of.
#pragma once

#include <optional>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/synchronization/mutex.h"
#include "resource_modules/sdk/resource.h"

namespace resource_broker::sdk {

// Thread-safe.
class Resources {
 public:
  // Known from now on, with these properties.
  void Put(Resource resource);
  std::optional<Resource> Find(const std::string& name) const;
  // What it was; nullopt if it was not known.
  std::optional<Resource> Remove(const std::string& name);

 private:
  mutable absl::Mutex mutex_;
  absl::flat_hash_map<std::string, Resource> by_name_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace resource_broker::sdk
