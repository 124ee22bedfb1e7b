#include "bench/transport/load_server.h"

#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include <chrono>
#include <cstdio>
#include <iostream>
#include <memory>
#include <thread>
#include <vector>

#include "absl/status/statusor.h"
#include "bench/transport/load.grpc.pb.h"
#include "bench/transport/raw_pipe.h"
#include "ipc/listener.h"

namespace resource_broker::bench {
namespace {

class Giving : public grpc::ServerWriteReactor<Payload> {
 public:
  explicit Giving(const GiveRequest& request) : left_(request.messages()) {
    payload_.set_bytes(std::string(request.bytes_each(), 'x'));
    Next();
  }
  void OnWriteDone(bool ok) override { ok ? Next() : Finish(grpc::Status::CANCELLED); }
  void OnDone() override { delete this; }

 private:
  void Next() {
    if (left_ == 0) return Finish(grpc::Status::OK);
    --left_;
    StartWrite(&payload_);
  }

  uint32_t left_;
  Payload payload_;
};

class LoadService : public Load::CallbackService {
 public:
  grpc::ServerUnaryReactor* Echo(grpc::CallbackServerContext* context, const Payload* request,
                                 Payload* answer) override {
    answer->set_bytes(request->bytes());
    return Ok(context);
  }
  grpc::ServerUnaryReactor* Take(grpc::CallbackServerContext* context, const Payload* request, Taken* answer) override {
    return Ok(context);
  }
  grpc::ServerWriteReactor<Payload>* Give(grpc::CallbackServerContext* context, const GiveRequest* request) override {
    return new Giving(*request);
  }

 private:
  static grpc::ServerUnaryReactor* Ok(grpc::CallbackServerContext* context) {
    grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }
};

// Answers each `size` bytes of one client with one; the process's end is its end.
void AnswerRaw(std::unique_ptr<RawListener> listener, size_t size) {
  std::thread([listener = std::move(listener), size] {
    const absl::StatusOr<std::unique_ptr<RawPipe>> client = listener->Accept();
    if (!client.ok()) return;
    std::vector<char> bytes(size);
    while ((*client)->Read(bytes.data(), size) && (*client)->Write(bytes.data(), 1)) {
    }
  }).detach();
}

}  // namespace

absl::Status ServeLoad(const LoadAddresses& addresses) {
  auto echo = RawListener::Listen(addresses.raw_echo);
  if (!echo.ok()) return echo.status();
  auto bulk = RawListener::Listen(addresses.raw_bulk);
  if (!bulk.ok()) return bulk.status();
  AnswerRaw(*std::move(echo), 1);
  AnswerRaw(*std::move(bulk), kBulkBytes);

  LoadService service;
  grpc::ServerBuilder builder;
  builder.RegisterService(&service);
  builder.SetMaxReceiveMessageSize(kMaxMessageBytes);
  int port = 0;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
  auto listener = ipc::Listener::Add(&builder, addresses.ipc, {});
  if (!listener.ok()) return listener.status();
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (server == nullptr || port == 0) return absl::InternalError("the server did not start");
  if (absl::Status status = (*listener)->Start(); !status.ok()) return status;
  std::printf("ready %d\n", port);
  std::fflush(stdout);
  for (std::string line; std::getline(std::cin, line);) {
  }
  (*listener)->Stop();
  server->Shutdown(std::chrono::system_clock::now() + std::chrono::seconds(2));
  return absl::OkStatus();
}

}  // namespace resource_broker::bench
