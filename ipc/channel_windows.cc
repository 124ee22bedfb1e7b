#include "ipc/pipe_connector_windows.h"
// Before the system's headers.
#include <grpc/grpc.h>
#include <grpcpp/channel.h>
#include <grpcpp/support/channel_arguments.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "ipc/channel.h"
#include "ipc/options.h"
#include "ipc/percent_encoding.h"
#include "ipc/pipe_name_windows.h"
#include "ipc/random.h"
#include "src/core/ext/filters/client_channel/client_channel.h"
#include "src/core/ext/filters/client_channel/client_channel_factory.h"
#include "src/core/ext/filters/client_channel/subchannel.h"
#include "src/core/lib/config/core_configuration.h"
#include "src/core/lib/resolver/resolver.h"
#include "src/core/lib/resolver/resolver_factory.h"
#include "src/core/lib/surface/channel.h"
#include "src/cpp/client/create_channel_internal.h"

namespace resource_broker::ipc {
namespace {

constexpr char kScheme[] = "npipe";

// Resolves to one address that says nothing: the pipe's name, too long for an address of gRPC's, is in the arguments.
class PipeResolver : public grpc_core::Resolver {
 public:
  explicit PipeResolver(grpc_core::ResolverArgs args)
      : result_handler_(std::move(args.result_handler)), arguments_(std::move(args.args)) {}

  void StartLocked() override {
    Result result;
    result.addresses = grpc_core::ServerAddressList{{grpc_resolved_address{}, grpc_core::ChannelArgs()}};
    result.args = std::move(arguments_);
    result_handler_->ReportResult(std::move(result));
  }

 private:
  void ShutdownLocked() override {}

  const std::unique_ptr<ResultHandler> result_handler_;
  grpc_core::ChannelArgs arguments_;
};

class PipeResolverFactory : public grpc_core::ResolverFactory {
 public:
  absl::string_view scheme() const override { return kScheme; }
  bool IsValidUri(const grpc_core::URI&) const override { return true; }
  std::string GetDefaultAuthority(const grpc_core::URI&) const override { return "localhost"; }
  grpc_core::OrphanablePtr<grpc_core::Resolver> CreateResolver(grpc_core::ResolverArgs args) const override {
    return grpc_core::MakeOrphanable<PipeResolver>(std::move(args));
  }
};

// gRPC takes resolvers only before its first use in the process. This runs before main and is linked with Connect, so
// no program can be too late.
[[maybe_unused]] const bool g_registered = [] {
  grpc_core::CoreConfiguration::RegisterBuilder([](grpc_core::CoreConfiguration::Builder* builder) {
    builder->resolver_registry()->RegisterResolverFactory(std::make_unique<PipeResolverFactory>());
  });
  return true;
}();

class PipeChannelFactory : public grpc_core::ClientChannelFactory {
 public:
  grpc_core::RefCountedPtr<grpc_core::Subchannel> CreateSubchannel(const grpc_resolved_address& address,
                                                                   const grpc_core::ChannelArgs& args) override {
    return grpc_core::Subchannel::Create(grpc_core::MakeOrphanable<PipeConnector>(args.GetObjectRef<PipeTarget>()),
                                         address, args);
  }
};

// The channel of gRPC's core, as grpc_channel_create makes it for other transports.
absl::StatusOr<grpc_channel*> CreateCoreChannel(const std::string& address, grpc_core::RefCountedPtr<PipeTarget> target,
                                                const grpc::ChannelArguments& arguments) {
  // Has no state, and channels may outlive everything.
  static PipeChannelFactory& factory = *new PipeChannelFactory();
  grpc_core::ExecCtx scope;
  grpc_channel_args c_arguments = arguments.c_channel_args();
  const std::string uri = absl::StrCat(kScheme, ":", PercentEncode(address.substr(sizeof(kScheme)), "/"));
  const grpc_core::ChannelArgs args = grpc_core::CoreConfiguration::Get()
                                          .channel_args_preconditioning()
                                          .PreconditionChannelArgs(&c_arguments)
                                          .SetObject(&factory)
                                          .SetObject(std::move(target))
                                          .Set(GRPC_ARG_SERVER_URI, uri);
  auto channel = grpc_core::Channel::Create(uri.c_str(), args, GRPC_CLIENT_CHANNEL, nullptr);
  if (!channel.ok()) return channel.status();
  if (*channel == nullptr) return absl::InternalError("gRPC made no channel");
  return channel->release()->c_ptr();
}

}  // namespace

absl::StatusOr<std::shared_ptr<grpc::Channel>> Connect(const std::string& address, const ChannelOptions& options) {
  absl::StatusOr<std::wstring> name = PipeName(address);
  if (!name.ok()) return name.status();
  ChannelOptions complete = options;
  if (absl::Status status = Complete(&complete); !status.ok()) return status;
  // The channel holds gRPC up by itself once it is there.
  grpc_init();
  const absl::StatusOr<grpc_channel*> channel = CreateCoreChannel(
      address, grpc_core::MakeRefCounted<PipeTarget>(address, *std::move(name), std::move(complete.verify_server)),
      ArgumentsOf(complete));
  std::shared_ptr<grpc::Channel> result;
  if (channel.ok()) result = grpc::CreateChannelInternal("", *channel, {});
  grpc_shutdown();
  if (!channel.ok()) return channel.status();
  return result;
}

std::string PrivateAddress(const std::string& prefix, const std::string&) {
  return absl::StrCat("npipe:////./pipe/", prefix, "-", RandomHex());
}

}  // namespace resource_broker::ipc
