#include "clients/rhs_host/clusapi/cluster_calls.h"

#include <utility>

#include "absl/base/const_init.h"
#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace resource_broker::rhs_host {
namespace {

using Observer = std::function<void(const ClusterCall&)>;

absl::Mutex g_mutex(absl::kConstInit);
// Null: nobody. Never a destroyed object at the process's end.
const Observer* g_observer ABSL_GUARDED_BY(g_mutex) = nullptr;

}  // namespace

ClusterCallScope::ClusterCallScope(Observer observer) {
  absl::MutexLock lock(&g_mutex);
  g_observer = new Observer(std::move(observer));
}

ClusterCallScope::~ClusterCallScope() {
  absl::MutexLock lock(&g_mutex);
  delete g_observer;
  g_observer = nullptr;
}

void NoteClusterCall(const ClusterCall& call) {
  absl::ReaderMutexLock lock(&g_mutex);
  if (g_observer != nullptr) (*g_observer)(call);
}

}  // namespace resource_broker::rhs_host
