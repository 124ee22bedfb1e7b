// gRPC calls to the load server, timed one by one.
#pragma once

#include <grpcpp/channel.h>

#include <memory>

#include "bench/samples.h"
#include "bench/transport/load.grpc.pb.h"

namespace resource_broker::bench {

// On one channel, whichever transport it has. A call that fails ends the process: there is nothing to measure then.
class GrpcLoad {
 public:
  explicit GrpcLoad(const std::shared_ptr<grpc::Channel>& channel);

  // Round trips of one byte, one after the other, in microseconds: by a thread that makes a blocking call, and by the
  // callback API with a thread that waits for the answer, as an entry point of the bridge does.
  Samples Blocking(int calls);
  Samples Callback(int calls);

  // Each message of kBulkBytes with its empty answer, in microseconds.
  Samples Bulk(int messages);
  // Whether such a message is answered at all, within some seconds.
  bool TakesBulk();

  // Messages of 128 bytes on one server stream; per second.
  double Stream(int messages);

 private:
  const std::unique_ptr<Load::Stub> stub_;
  Payload bulk_;
};

}  // namespace resource_broker::bench
