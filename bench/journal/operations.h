// Operations as the engine writes them, given to a journal without an engine.
#pragma once

#include <cstdint>

#include "absl/status/status.h"
#include "broker_service/journal/journal.h"

namespace resource_broker::bench {

// `count` operations from acceptance to success, `at_once` of them under way at a time, each in two writes of
// which the second waits for the first: accepted and given to its module, ended. Returns when all are durable, or the
// first error.
absl::Status WriteOperations(broker::Journal* journal, uint64_t count, uint64_t at_once);

// The same in one write each, as fast as the journal takes them: to fill it.
absl::Status FillJournal(broker::Journal* journal, uint64_t count);

}  // namespace resource_broker::bench
