// What a gRPC server shows of itself: health, reflection, channelz.
#pragma once

#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include <memory>

namespace resource_broker::broker {

// For administrators, and for them alone: none of it tells who asks.
enum class Insight { kNone, kShown };

// A builder whose server has all of the three or none. gRPC knows them only for all servers of a process or none, so
// every server of the broker is made with this.
std::unique_ptr<grpc::ServerBuilder> NewServerBuilder(Insight insight);

// What grpc.health.v1 says from now on: SERVING, as from the start, or NOT_SERVING. Nothing without insight.
void SetServing(grpc::Server* server, bool serving);

}  // namespace resource_broker::broker
