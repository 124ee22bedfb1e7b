// A client below gRPC, that sends what it likes.
#pragma once

#include <cstdint>
#include <string>

#include "absl/time/time.h"
#include "broker_service/remote/testing/certificates.h"

namespace resource_broker::broker::testing {

struct RawClient {
  // None: no certificate is shown.
  const Certificate* certificate = nullptr;
  // Whether it speaks no later TLS than 1.2.
  bool only_tls_1_2 = false;
  // Protocols in ALPN's form; empty: no ALPN.
  std::string alpn = std::string("\x02h2");
  // Sent when TLS is up.
  std::string send;
};

struct RawAnswer {
  // Why the handshake failed; empty: it did not, as far as a client of TLS 1.3 can know.
  std::string handshake;
  // What came until the server closed the connection.
  std::string bytes;
  // Why it ended; "End of file" or "stream truncated" without an alert.
  std::string end;
  // Of the server's certificate.
  std::string server_subject;
};

// Connects to 127.0.0.1:`port`, and returns when the server has closed the connection.
RawAnswer TalkTls(uint16_t port, const RawClient& client);

// The same until the handshake is over, then closes.
RawAnswer GreetTls(uint16_t port, const RawClient& client);

// Sends `bytes` without TLS; what the server sends until it closes.
std::string TalkPlain(uint16_t port, const std::string& bytes);

}  // namespace resource_broker::broker::testing
