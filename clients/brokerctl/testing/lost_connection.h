// Whether Wine has lost a connection to a broker of the test.
#pragma once

#include <string>

namespace resource_broker::brokerctl {

// `errors` is what a command said. On a busy machine Wine 8 now and then tells gRPC of the end of a TCP connection with
// which nothing is wrong: a completion port says that a read is complete, and its result says, for good, that it is
// pending (GRPC_TRACE=tcp: "overlapped I/O incomplete"). Of a thousand commands one or two fail by it there. Elsewhere:
// false.
bool LostByWine(const std::string& errors);

}  // namespace resource_broker::brokerctl
