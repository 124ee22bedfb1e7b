// The edge of the DLL: what is thrown inside ends here, since an exception that leaves an entry point ends RHS.
#pragma once

#include <utility>

namespace resource_broker::bridge {

// What `body` returns, or `on_fault` if it throws (out of memory is all that is expected to).
template <typename Result, typename Body>
Result Guard(Result on_fault, Body&& body) noexcept {
  try {
    return std::forward<Body>(body)();
  } catch (...) {
    return on_fault;
  }
}

// For a body without a result, on the bridge's own threads and gRPC's: what it did not get done is made up for by the
// next event or timer.
template <typename Body>
void Contain(Body&& body) noexcept {
  try {
    std::forward<Body>(body)();
  } catch (...) {
    return;
  }
}

}  // namespace resource_broker::bridge
