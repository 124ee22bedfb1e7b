#include "ipc/testing/raw_client.h"

namespace resource_broker::ipc::testing {

// The preface, then a SETTINGS frame: length 0, type 4, no flags, stream 0.
std::string Http2Greeting() { return std::string("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0", 33); }

}  // namespace resource_broker::ipc::testing
