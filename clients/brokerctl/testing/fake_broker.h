// All services of a broker that brokerctl calls, on a real pipe or socket or over mutual TLS on loopback.
#pragma once

#include <memory>
#include <string>

#include "clients/brokerctl/pki.h"
#include "clients/brokerctl/testing/fake_admin.h"
#include "clients/brokerctl/testing/fake_services.h"

namespace resource_broker::ipc {
class Listener;
}

namespace resource_broker::brokerctl {

class FakeBroker {
 public:
  // Local.
  explicit FakeBroker(const std::string& address);
  // TLS on 127.0.0.1, at a port of its own; clients need a certificate of `client_ca`.
  FakeBroker(const Identity& identity, const std::string& client_ca);
  // Without TLS, there.
  FakeBroker();
  ~FakeBroker();

  FakeAdmin& admin() { return admin_; }
  FakeServices& services() { return services_; }
  FakeAnswers* answers() { return services_.answers(); }

  // "localhost:40123".
  std::string node() const;
  void Stop();

 private:
  FakeAdmin admin_;
  FakeServices services_;
  std::unique_ptr<ipc::Listener> listener_;
  std::unique_ptr<grpc::Server> server_;
  int port_ = 0;
};

}  // namespace resource_broker::brokerctl
