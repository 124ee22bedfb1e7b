// What a DLL costs that does nothing but hold a gRPC client: the least that any bridge over gRPC can be.
#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/security/credentials.h>

#include <chrono>
#include <memory>

#include "bench/footprint/plain_dll.h"

// One unary call, of a method that the server does not know, on a channel that stays. 0: the server has answered.
BENCH_EXPORT int BenchUse(const char* address) {
  static const auto* const channel =
      new std::shared_ptr<grpc::Channel>(grpc::CreateChannel(address, grpc::InsecureChannelCredentials()));
  static auto* const stub = new grpc::GenericStub(*channel);
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
  context.set_wait_for_ready(true);
  grpc::CompletionQueue queue;
  const auto call = stub->PrepareUnaryCall(&context, "/resource_broker.bench.Nothing/Nothing", {}, &queue);
  call->StartCall();
  grpc::ByteBuffer answer;
  grpc::Status status;
  call->Finish(&answer, &status, nullptr);
  void* tag = nullptr;
  bool ok = false;
  queue.Next(&tag, &ok);
  queue.Shutdown();
  return status.error_code() == grpc::StatusCode::UNIMPLEMENTED ? 0 : 1;
}
