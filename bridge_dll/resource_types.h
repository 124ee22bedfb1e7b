// The resource types that RHS has loaded this DLL for.
#pragma once

#include <map>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "bridge_dll/host_callbacks.h"
#include "bridge_dll/properties.h"
#include "bridge_dll/type_name.h"

namespace resource_broker::bridge {

// Any thread.
class ResourceTypes {
 public:
  struct Type {
    std::string name;
    HostCallbacks host;
  };

  // From StartupEx; a type that comes again has its callbacks replaced.
  void Add(const std::string& type, const HostCallbacks& host);

  // The type of that name. OpenV2 is not told its type, so that a name the cluster database does not give, or that was
  // never started, is taken for the type started last: in one RHS process all have the same callbacks.
  Type Find(const std::string& type) const;

 private:
  mutable absl::Mutex mutex_;
  std::map<std::string, HostCallbacks, IgnoringCase> types_ ABSL_GUARDED_BY(mutex_);
  std::string last_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace resource_broker::bridge
