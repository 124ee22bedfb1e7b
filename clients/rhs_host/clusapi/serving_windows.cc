#include <atomic>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "clients/console/console.h"
#include "clients/rhs_host/clusapi/serving.h"
#include "ipc/utf16.h"

namespace resource_broker::rhs_host {
namespace {

std::atomic<bool> g_serving{false};

class DllServing : public Serving {
 public:
  explicit DllServing(SetClusterFunctionsRoutine set_functions) : set_functions_(set_functions) {}

  ~DllServing() override {
    set_functions_(nullptr);
    FunctionsOver(nullptr);
    g_serving.store(false);
  }

 private:
  const SetClusterFunctionsRoutine set_functions_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Serving>> Serving::Start(ClusterRegistry* registry) {
  const std::string path = absl::StrCat(console::ProgramFolder(), "\\clusapi.dll");
  // Never unloaded: a resource DLL may keep what it found in it.
  HMODULE library = LoadLibraryW(ipc::WideFromUtf8(path).c_str());
  if (library == nullptr) {
    return absl::NotFoundError(absl::StrCat(path, " can't be loaded: Windows error ", GetLastError()));
  }
  const auto set_functions = reinterpret_cast<SetClusterFunctionsRoutine>(
      reinterpret_cast<void*>(GetProcAddress(library, "RhsHostSetClusterFunctions")));
  if (set_functions == nullptr) {
    return absl::FailedPreconditionError(absl::StrCat(path, " is not the stand-in that rhs_host brings"));
  }
  if (g_serving.exchange(true)) return absl::FailedPreconditionError("the process serves another registry already");
  const ClusterFunctions functions = FunctionsOver(registry);
  set_functions(&functions);
  return std::make_unique<DllServing>(set_functions);
}

}  // namespace resource_broker::rhs_host
