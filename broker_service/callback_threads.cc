#include "broker_service/callback_threads.h"

#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

namespace resource_broker::broker {

void KeepCallbackThreads() {
  // It listens nowhere and is never destroyed.
  static grpc::Server* const server = [] {
    static auto* const service = new grpc::CallbackGenericService();
    grpc::ServerBuilder builder;
    builder.RegisterCallbackGenericService(service);
    return builder.BuildAndStart().release();
  }();
  static_cast<void>(server);
}

}  // namespace resource_broker::broker
