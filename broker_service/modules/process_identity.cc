#include "broker_service/modules/process_identity.h"

#include "absl/strings/str_cat.h"

namespace resource_broker::broker {

absl::Status CheckIdentity(const ProcessIdentity& identity) {
  const absl::StatusOr<ProcessIdentity> found = IdentifyProcess(identity.process_id);
  if (!found.ok()) return found.status();
  const char* other = found->start_time != identity.start_time   ? "started at another time"
                      : found->image_hash != identity.image_hash ? "runs another program"
                                                                 : nullptr;
  if (other == nullptr) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat("process ", identity.process_id, " is another: it ", other));
}

}  // namespace resource_broker::broker
