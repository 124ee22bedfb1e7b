// The end of this process as if somebody had killed it.
#pragma once

namespace resource_broker::broker {

// No destructor runs, nothing is flushed, and no handler hears of it.
[[noreturn]] void Crash();

}  // namespace resource_broker::broker
