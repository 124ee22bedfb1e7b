// The remote API: a gRPC server behind the front.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "broker_service/access/door.h"
#include "broker_service/access/remote_callers.h"
#include "broker_service/audit/audit_log.h"
#include "resource_broker/v1/config.pb.h"

namespace grpc {
class Server;
class Service;
}  // namespace grpc

namespace resource_broker::ipc {
class InnerConnector;
}

namespace resource_broker::broker {

class Front;
class TlsSource;

// All must outlive the server.
struct RemoteServerParts {
  std::vector<grpc::Service*> services;
  Door* door = nullptr;
  RemoteCallers* callers = nullptr;
  AuditLog* audit = nullptr;
};

class RemoteServer {
 public:
  // Serves at config.remote, which is there, when it returns OK. InvalidArgument, NotFound, FailedPrecondition: its
  // files are wrong. AlreadyExists: another process has the address.
  static absl::StatusOr<std::unique_ptr<RemoteServer>> Start(const v1::BrokerConfig& config,
                                                             const RemoteServerParts& parts);
  // Stop must have been called.
  ~RemoteServer();

  // "10.1.2.3:7443", with the port that was taken.
  const std::string& address() const;
  // Of the certificate that new connections get; InfiniteFuture without TLS.
  absl::Time certificate_ends() const;
  // What an administrator should look into.
  std::vector<std::string> Notices() const;
  // Looks at the certificates' files at once. See TlsSource.
  absl::Status ReloadCertificates();

  // See grpc.health.v1.
  void SetServing(bool serving);
  // No new clients, and the address is free.
  void StopListening();
  // Ends calls that are under way after `limit`.
  void Stop(absl::Duration limit);

 private:
  RemoteServer();

  // Null: plain text.
  std::unique_ptr<TlsSource> tls_;
  std::unique_ptr<ipc::InnerConnector> inner_;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<Front> front_;
};

}  // namespace resource_broker::broker
