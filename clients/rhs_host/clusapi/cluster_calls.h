// Who wants to know what a resource DLL calls in clusapi.dll.
#pragma once

#include <functional>

namespace resource_broker::rhs_host {

struct ClusterCall {
  // Lives as long as the process.
  const char* function;
  // It was answered, and not with ERROR_CALL_NOT_IMPLEMENTED.
  bool provided;
};

// Tells of every call but those of ClusterReg functions that are provided, on the calling thread, while it lives. At
// most one per process at a time; its end waits for calls under way.
class ClusterCallScope {
 public:
  // Must not call into the DLL.
  explicit ClusterCallScope(std::function<void(const ClusterCall&)> observer);
  ~ClusterCallScope();
  ClusterCallScope(const ClusterCallScope&) = delete;
  ClusterCallScope& operator=(const ClusterCallScope&) = delete;
};

void NoteClusterCall(const ClusterCall& call);

}  // namespace resource_broker::rhs_host
