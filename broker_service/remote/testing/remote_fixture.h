// A remote server with an echo behind the door, and its clients.
#pragma once

#include <grpcpp/channel.h>
#include <grpcpp/server_context.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "broker_service/access/access_rules.h"
#include "broker_service/access/call_rates.h"
#include "broker_service/access/gate.h"
#include "broker_service/access/remote_callers.h"
#include "broker_service/audit/audit_log.h"
#include "broker_service/modules/testing/installed_modules.h"
#include "broker_service/operations/timer_thread.h"
#include "broker_service/remote/remote_server.h"
#include "broker_service/remote/testing/certificates.h"
#include "ipc/testing/echo_server.h"

namespace resource_broker::broker::testing {

using ipc::testing::Echo;
using ipc::testing::EchoMessage;

// Asks the door for what the request's `caller` names, Admin.GetStatus if it names nothing, and answers who called.
class DoorService : public ipc::testing::EchoService {
 public:
  grpc::ServerUnaryReactor* Unary(grpc::CallbackServerContext* context, const EchoMessage* request,
                                  EchoMessage* answer) override;
  Door* door = nullptr;
};

// Its grants: spiffe://corp/viewers/* and /operators/* and /admins/*.
class RemoteTest : public ::testing::Test {
 protected:
  RemoteTest();
  ~RemoteTest() override;

  void Start();
  void Stop();

  // A client certificate for spiffe://corp/<path>.
  Certificate ClientOf(const std::string& path, CertificateSpec spec = {});
  // A new connection each time.
  std::shared_ptr<grpc::Channel> Connect(const Certificate& client);
  // One call through a channel.
  static grpc::Status Call(const std::shared_ptr<grpc::Channel>& channel, EchoMessage* answer,
                           const std::string& method = "", const std::string& payload = "");
  uint16_t port() const;

  void WriteNode(const Certificate& node);
  // Ends the log; newest first.
  std::vector<v1::AuditRecord> Records();

  TemporaryFolder folder_;
  CertificateAuthority authority_{"Roots"};
  // Trusted by clients, in addition.
  std::string more_roots_;
  v1::BrokerConfig config_;
  SystemClock clock_;
  std::unique_ptr<AuditLog> audit_;
  std::unique_ptr<AccessRules> rules_;
  RemoteCallers callers_;
  std::unique_ptr<CallRates> rates_;
  std::unique_ptr<Gate> door_;
  DoorService service_;
  std::unique_ptr<RemoteServer> server_;
};

}  // namespace resource_broker::broker::testing
