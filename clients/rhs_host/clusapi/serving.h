// Makes this process answer for clusapi.dll.
#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "clients/rhs_host/clusapi/clusapi.h"
#include "clients/rhs_host/clusapi/cluster_registry.h"

namespace resource_broker::rhs_host {

// While one lives, the ClusterReg functions that a resource DLL finds are answered from `registry`.
//
// Windows: loads the clusapi.dll beside the program, so that a later LoadLibrary("clusapi.dll") in this process gets
// it, and gives it its functions. Natively the program exports the functions itself (ENABLE_EXPORTS), to be found by
// dlsym(RTLD_DEFAULT, …). At most one per process at a time.
class Serving {
 public:
  // `registry` must outlive it. NotFound: no stand-in clusapi.dll beside the program. FailedPrecondition: another
  // clusapi.dll is loaded already, or there is one of this already.
  static absl::StatusOr<std::unique_ptr<Serving>> Start(ClusterRegistry* registry);
  virtual ~Serving() = default;
};

// The functions over `registry`, which answer ERROR_CALL_NOT_IMPLEMENTED for null. One registry per process: the
// functions have no argument that could tell two apart.
ClusterFunctions FunctionsOver(ClusterRegistry* registry);

}  // namespace resource_broker::rhs_host
