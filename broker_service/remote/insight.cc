#include "broker_service/remote/insight.h"

#include <grpcpp/ext/channelz_service_plugin.h>
#include <grpcpp/ext/health_check_service_server_builder_option.h>
#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/impl/server_builder_option.h>
#include <grpcpp/impl/server_builder_plugin.h>

#include <algorithm>
#include <utility>
#include <vector>

namespace resource_broker::broker {
namespace {

using Plugins = std::vector<std::unique_ptr<grpc::ServerBuilderPlugin>>;

class Reflection : public grpc::ServerBuilderOption {
 public:
  void UpdateArguments(grpc::ChannelArguments*) override {}
  void UpdatePlugins(Plugins* plugins) override {
    // Linked as a shared library it is among those of all builders already.
    auto reflection = std::make_unique<grpc::reflection::ProtoServerReflectionPlugin>();
    const bool there = std::any_of(plugins->begin(), plugins->end(),
                                   [&](const auto& plugin) { return plugin->name() == reflection->name(); });
    if (!there) plugins->push_back(std::move(reflection));
  }
};

class NoPlugins : public grpc::ServerBuilderOption {
 public:
  void UpdateArguments(grpc::ChannelArguments*) override {}
  void UpdatePlugins(Plugins* plugins) override { plugins->clear(); }
};

}  // namespace

std::unique_ptr<grpc::ServerBuilder> NewServerBuilder(Insight insight) {
  // For all builders from now on: channelz has no other way in.
  grpc::channelz::experimental::InitChannelzService();
  grpc::EnableDefaultHealthCheckService(true);
  auto builder = std::make_unique<grpc::ServerBuilder>();
  if (insight == Insight::kShown) {
    builder->SetOption(std::make_unique<Reflection>());
  } else {
    builder->SetOption(std::make_unique<NoPlugins>());
    builder->SetOption(std::make_unique<grpc::HealthCheckServiceServerBuilderOption>(nullptr));
  }
  return builder;
}

void SetServing(grpc::Server* server, bool serving) {
  if (grpc::HealthCheckServiceInterface* health = server->GetHealthCheckService()) health->SetServingStatus(serving);
}

}  // namespace resource_broker::broker
