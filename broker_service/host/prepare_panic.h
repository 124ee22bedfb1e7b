// What main does before anything else.
#pragma once

#include <string>
#include <vector>

namespace resource_broker::broker {

// With `run`: a crash leaves a line on stderr, and what panic/ says beside it in <data>/dumps. With `run --service`
// stderr is <data>/logs/panic.log from now on. The data directory is the configuration's; if that is wrong, the default
// one, so that the reason is found there. Nothing that fails here keeps the broker from running.
void PrepareForPanic(const std::vector<std::string>& arguments);

}  // namespace resource_broker::broker
