#include "broker_service/access/library_guard.h"

#include <grpc/grpc.h>
#include <grpcpp/server_context.h>

#include <string>
#include <string_view>

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"

namespace resource_broker::broker {
namespace {

using grpc::experimental::InterceptionHookPoints;
using grpc::experimental::Interceptor;
using grpc::experimental::InterceptorBatchMethods;
using grpc::experimental::ServerInterceptorFactoryInterface;
using grpc::experimental::ServerRpcInfo;

constexpr char kOurs[] = "/resource_broker.";

// "/grpc.health.v1.Health/Check" is "Health.Check" in the table.
std::string MethodName(std::string_view path) {
  const size_t slash = path.rfind('/');
  const std::string_view service = path.substr(0, slash);
  std::string method(service.substr(service.rfind('.') + 1));
  method.push_back('.');
  return method.append(path.substr(slash + 1));
}

class Guard : public Interceptor {
 public:
  Guard(Door* door, ServerRpcInfo* call) : door_(door), call_(call) {}

  void Intercept(InterceptorBatchMethods* methods) override {
    if (methods->QueryInterceptionHookPoint(InterceptionHookPoints::POST_RECV_INITIAL_METADATA)) {
      grpc::ServerContextBase* const context = call_->server_context();
      const absl::Status status = door_->Admit(*context, MethodName(call_->method())).status();
      // What the handler, which begins all the same, has to say is dropped from here on. The context's own TryCancel
      // would leave the client without a reason.
      if (!status.ok()) {
        grpc_call_cancel_with_status(context->c_call(), static_cast<grpc_status_code>(status.code()),
                                     std::string(status.message()).c_str(), nullptr);
      }
    }
    methods->Proceed();
  }

 private:
  Door* const door_;
  ServerRpcInfo* const call_;
};

class GuardFactory : public ServerInterceptorFactoryInterface {
 public:
  explicit GuardFactory(Door* door) : door_(door) {}

  Interceptor* CreateServerInterceptor(ServerRpcInfo* call) override {
    return absl::StartsWith(call->method(), kOurs) ? nullptr : new Guard(door_, call);
  }

 private:
  Door* const door_;
};

}  // namespace

std::unique_ptr<ServerInterceptorFactoryInterface> LibraryGuard(Door* door) {
  return std::make_unique<GuardFactory>(door);
}

}  // namespace resource_broker::broker
