// What every HTTP/2 client sends first (RFC 9113, section 3.4).
#pragma once

#include <cstddef>

namespace resource_broker::ipc {

// "PRI * HTTP/2.0", an empty line, "SM", an empty line. A client that has not sent so much by its deadline is no
// client.
constexpr size_t kHttp2PrefaceSize = 24;

}  // namespace resource_broker::ipc
