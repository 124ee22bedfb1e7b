// The stand-in clusapi.dll: a shell whose functions are given to it by the host that loaded it.
//
// Free of everything but Windows, so that it can be loaded into any host.
#include <atomic>
#include <type_traits>

#include "clients/rhs_host/clusapi/clusapi.h"
#include "resource_broker/v1/win32_codes.h"

#define RHS_HOST_EXPORT extern "C" __declspec(dllexport)

namespace {

using namespace resource_broker::rhs_host;  // NOLINT: the types of the functions' parameters

ClusterFunctions g_functions;
// Null until a host gave its functions. They stay where they are, so that a call under way never sees half a table.
std::atomic<const ClusterFunctions*> g_given{nullptr};

// What is answered without a host: the code, or a handle of NULL.
template <typename Result>
Result Unserved() {
  if constexpr (std::is_pointer_v<Result>) {
    return nullptr;
  } else {
    return static_cast<Result>(resource_broker::win32::kCallNotImplemented);
  }
}

}  // namespace

RHS_HOST_EXPORT void RESAPI_CALL RhsHostSetClusterFunctions(const ClusterFunctions* functions) {
  if (functions != nullptr) g_functions = *functions;
  g_given.store(functions == nullptr ? nullptr : &g_functions);
}

#define CLUSTER_FUNCTION(result, name, parameters, arguments)                     \
  RHS_HOST_EXPORT result RESAPI_CALL name parameters {                            \
    const ClusterFunctions* functions = g_given.load();                           \
    return functions == nullptr ? Unserved<result>() : functions->name arguments; \
  }
#include "clients/rhs_host/clusapi/functions.inc"

// On x64 the caller cleans up whatever it passed.
#define NOT_PROVIDED(name, answer)                                                         \
  RHS_HOST_EXPORT intptr_t RESAPI_CALL name() {                                            \
    const ClusterFunctions* functions = g_given.load();                                    \
    return functions == nullptr ? 0 : functions->not_provided(#name, NotProvided::answer); \
  }
#include "clients/rhs_host/clusapi/not_provided.inc"
