#include <atomic>

#include "absl/status/status.h"
#include "clients/rhs_host/clusapi/serving.h"

#define RHS_HOST_EXPORT extern "C" __attribute__((visibility("default")))

namespace {

using namespace resource_broker::rhs_host;  // NOLINT: the types of the functions' parameters

std::atomic<bool> g_serving{false};

// Set once before the first resource DLL is loaded, and never changed: without a registry its functions say so.
const ClusterFunctions g_functions = FunctionsOver(nullptr);

}  // namespace

#define CLUSTER_FUNCTION(result, name, parameters, arguments) \
  RHS_HOST_EXPORT result name parameters { return g_functions.name arguments; }
#include "clients/rhs_host/clusapi/functions.inc"

// On x64 the caller cleans up whatever it passed.
#define NOT_PROVIDED(name, answer) \
  RHS_HOST_EXPORT intptr_t name() { return g_functions.not_provided(#name, NotProvided::answer); }
#include "clients/rhs_host/clusapi/not_provided.inc"

namespace resource_broker::rhs_host {
namespace {

class ProcessServing : public Serving {
 public:
  ~ProcessServing() override {
    FunctionsOver(nullptr);
    g_serving.store(false);
  }
};

}  // namespace

absl::StatusOr<std::unique_ptr<Serving>> Serving::Start(ClusterRegistry* registry) {
  if (g_serving.exchange(true)) return absl::FailedPreconditionError("the process serves another registry already");
  FunctionsOver(registry);
  return std::make_unique<ProcessServing>();
}

}  // namespace resource_broker::rhs_host
