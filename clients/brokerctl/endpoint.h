// Where a broker is, and how it is spoken to.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace grpc {
class Channel;
}

namespace resource_broker::brokerctl {

struct NodeAddress {
  std::string host;  // without brackets
  std::string port;
  bool loopback = false;
  // "n1:7443", "[::1]:7443": what it is called from here on.
  std::string text;
};

// "n1", "n1:7443", "10.0.0.1:7443", "[::1]:7443"; without a port 7443 is meant. InvalidArgument says what it must be.
absl::StatusOr<NodeAddress> ParseNodeAddress(const std::string& text);

// What TLS needs, each a PEM file's content.
struct Credentials {
  std::string ca;
  std::string certificate;
  std::string key;
};

// Reads the files and checks what can be known before the first connection: that nobody else can read the key, that it
// belongs to the certificate, that the certificate is valid now. The error names the file.
absl::StatusOr<Credentials> LoadCredentials(const std::string& ca_file, const std::string& certificate_file,
                                            const std::string& key_file);

// One broker.
struct Endpoint {
  // For people: "n1:7443"; of a local one its address.
  std::string name;
  // Of a local one, as in ipc::Connect. Empty: `node` counts.
  std::string local_address;
  NodeAddress node;
  // None: plaintext.
  std::shared_ptr<const Credentials> credentials;
  // The name the certificate must be for; empty: `node.host`.
  std::string server_name;
};

// Nothing is sent yet. InvalidArgument for an address that is not of this platform.
absl::StatusOr<std::shared_ptr<grpc::Channel>> OpenChannel(const Endpoint& endpoint, std::chrono::milliseconds timeout);

}  // namespace resource_broker::brokerctl
