// The same on many nodes at once.
#pragma once

#include <cstddef>
#include <functional>

namespace resource_broker::brokerctl {

// Calls `each` for 0 to count - 1, at most `parallel` at once, and returns when all have returned.
void OnEach(size_t count, size_t parallel, const std::function<void(size_t)>& each);

}  // namespace resource_broker::brokerctl
