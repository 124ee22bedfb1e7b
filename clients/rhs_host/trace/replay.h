// A trace as the script that does the same again.
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "clients/rhs_host/script.h"
#include "clients/rhs_host/trace/trace_file.h"

namespace resource_broker::rhs_host {

// The calls the host was asked for, in their order, each with what it returned as its expectation; those that
// overlapped do so again. Before a call the script waits for the reports that had come by then, and at the end for the
// last ones; the times between are not kept. Steps carry their line in the trace.
//
// A call of another RESID than the resource's own is made with its own, and a private property of the resource is set
// where it was. InvalidArgument, with "line N: ": an InBuffer too large to have been recorded, or a call that is
// unknown.
absl::StatusOr<std::vector<Step>> StepsOfTrace(const std::vector<TraceRecord>& trace);

}  // namespace resource_broker::rhs_host
