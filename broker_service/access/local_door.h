// The door of a broker that only local administrators can reach.
#pragma once

#include "broker_service/access/door.h"

namespace resource_broker::broker {

// The listener has let in whom it may; each has every role, and what they change is in the log.
class LocalDoor : public Door {
 public:
  absl::StatusOr<Caller> Admit(const grpc::ServerContextBase& context, std::string_view method) override;
  void Record(const Caller& caller, std::string_view method, const Change& change,
              const absl::Status& outcome) override;
};

}  // namespace resource_broker::broker
