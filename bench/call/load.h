// Operations on many resources at once.
#pragma once

#include <chrono>
#include <memory>
#include <vector>

#include "bench/call/host_resource.h"

namespace resource_broker::bench {

using Resources = std::vector<std::unique_ptr<HostResource>>;

// One operation after the other on each of the first `count` resources, each by a thread of its own, for `time`. What
// begins within `warm_up` before is not counted. What has begun is waited for; of each resource at least one is
// counted, however long the ones before took. In the order of the resources.
std::vector<Operation> RunClosed(const Resources& resources, size_t count, Clock::duration warm_up,
                                 Clock::duration time);

// Operations that are to begin at fixed moments, `per_second` in all, taking turns among the first `count` resources.
// One that must wait for the one before it on its resource begins late, and `entered` is the moment it was meant to
// begin: what it waited is in its latency.
std::vector<Operation> RunOpen(const Resources& resources, size_t count, double per_second, Clock::duration time);

// One operation each, all at once: returns when every entry point has.
std::vector<Operation> BeginAll(const Resources& resources, size_t count);

}  // namespace resource_broker::bench
