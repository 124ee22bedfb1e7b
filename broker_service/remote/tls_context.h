// TLS as this node serves it.
#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "broker_service/access/peer_names.h"
#include "broker_service/remote/tls_files.h"

namespace resource_broker::broker {

// Never changed once it is made, so any thread may use it.
struct TlsContext {
  std::shared_ptr<SSL_CTX> ssl;
  // Of this node's certificate.
  std::string subject;
  absl::Time not_after;
};

// Clients must show a certificate of the trusted roots that is valid today, for clients, and on no revocation list;
// they must speak HTTP/2 (ALPN). TLS 1.3, or 1.2 with forward secrecy and AEAD where `allow_tls_1_2`. No session is
// resumed: each connection shows its certificate anew. InvalidArgument says which file is wrong, and why.
absl::StatusOr<std::shared_ptr<const TlsContext>> MakeTlsContext(const TlsFiles& files, bool allow_tls_1_2);

// What a certificate says, without names that are not printable ASCII.
PeerNames NamesOf(X509* certificate);

}  // namespace resource_broker::broker
