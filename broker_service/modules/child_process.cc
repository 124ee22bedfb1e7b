#include "broker_service/modules/child_process.h"

#include "absl/strings/str_cat.h"

namespace resource_broker::broker {

std::string ChildEnd::ToString() const {
  if (!start.ok()) return absl::StrCat("could not be started: ", start.message());
  if (exit_code < 0) return absl::StrCat("was killed by signal ", -exit_code);
  return absl::StrCat("ended with exit code ", exit_code);
}

}  // namespace resource_broker::broker
