// A resource goes from one version of its module to another.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "broker_service/modules/supervised_module.h"
#include "broker_service/operations/module_gateway.h"

namespace resource_broker::broker {

using StateOrNone = absl::StatusOr<std::optional<v1::ExportedState>>;

// What `version` has to tell the next one of the resource. None: it has nothing to tell, does not know the resource, or
// does not run. `done` is called once, within `limit`.
void ExportState(const SupervisedModule& version, const std::string& resource, absl::Duration limit,
                 std::function<void(StateOrNone)> done);

// What the resource's state was when it moved; none: there is none.
using Moved = std::function<void(std::optional<v1::ExportedState>)>;

// The resource is opened at `to` with what the first of `from` that has something tells, else with `kept`; then it is
// closed at all of `from`. In this order, so that its state is never in the broker's memory only. `done` is called
// once, whatever came of it: a version that can't take the resource says so to every call.
void MoveResource(const ResourceSpec& spec, std::vector<std::shared_ptr<SupervisedModule>> from,
                  std::shared_ptr<SupervisedModule> to, std::optional<v1::ExportedState> kept, absl::Duration limit,
                  Moved done);

}  // namespace resource_broker::broker
