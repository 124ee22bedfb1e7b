// What `wait` and `expect` ask of a resource.
#pragma once

#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "clients/rhs_host/host.h"
#include "clients/rhs_host/script_words.h"

namespace resource_broker::rhs_host {

struct Condition {
  // As written: "checkpoints>=3".
  std::string text;
  std::function<bool(const ResourceView&)> holds;
  // The value it looked at, for the message when it does not hold: "2".
  std::function<std::string(const ResourceView&)> actual;
};

// Understands, of the latest operation: state, checkpoints (reports that were not final), reports, final-reports,
// checkpoint, app, flags (of the last report); of the latest call that returned: last (its return value),
// return-under (a duration), alive, bytes (BytesReturned), out (hexadecimal); of the resource: open, pending, locked,
// failures (SignalFailure calls); and violations, of all resources. Numbers take every operator, the rest = and !=,
// return-under = alone. InvalidArgument names what is wrong.
absl::StatusOr<Condition> ParseCondition(const Word& word);

}  // namespace resource_broker::rhs_host
