// The tables behind explanations.h, each in the order of its numbers.
#pragma once

#include "absl/types/span.h"
#include "clients/names/explanations.h"

namespace resource_broker::names {

absl::Span<const Explanation> Win32Explanations();
absl::Span<const Explanation> FlagExplanations();
absl::Span<const Explanation> StateExplanations();

}  // namespace resource_broker::names
