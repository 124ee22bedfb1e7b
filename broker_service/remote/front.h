// The front of the remote API: TCP, TLS and limits end here, before the server sees a byte.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "broker_service/access/remote_callers.h"
#include "broker_service/audit/audit_log.h"
#include "broker_service/remote/tcp_address.h"
#include "broker_service/remote/tls_source.h"
#include "ipc/inner_connection.h"

namespace resource_broker::broker {

struct FrontOptions {
  TcpAddress address;
  // Limits as in BrokerConfig.
  size_t max_connections = 256;
  size_t max_per_identity = 32;
  size_t max_handshakes = 64;
  absl::Duration handshake = absl::Seconds(5);
  // A client that takes nothing for so long is cut.
  absl::Duration stall = absl::Minutes(5);
  // What the client is given to take the last words.
  absl::Duration linger = absl::Seconds(2);

  // All must outlive the front. Null: plain text, from this machine alone.
  const TlsSource* tls = nullptr;
  ipc::InnerConnector* inner = nullptr;
  RemoteCallers* callers = nullptr;
  // Told of every connection that is refused.
  AuditLog* audit = nullptr;
};

// One thread for all connections. The methods are called from one other thread.
class Front {
 public:
  // Accepts when it returns OK. AlreadyExists: another process serves at the address. PermissionDenied, Unavailable.
  static absl::StatusOr<std::unique_ptr<Front>> Listen(const FrontOptions& options);
  // Calls Stop.
  ~Front();

  // "10.1.2.3:7443", with the port that was taken.
  const std::string& address() const { return address_; }

  // The address is free when it returns; handshakes are cut, and connections stay.
  void StopListening();
  // Cuts all connections.
  void Stop();

 private:
  class State;
  explicit Front(std::unique_ptr<State> state);

  const std::unique_ptr<State> state_;
  std::string address_;
  bool stopped_ = false;
};

}  // namespace resource_broker::broker
