// One short call to a module.
#pragma once

#include <grpcpp/client_context.h>
#include <grpcpp/support/status.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "broker_service/modules/module_instance.h"
#include "broker_service/slow_step.h"
#include "broker_service/text.h"
#include "resource_broker/v1/module.grpc.pb.h"

namespace resource_broker::broker {

inline absl::Status FromGrpc(const grpc::Status& status) {
  // The two number their codes alike.
  return absl::Status(static_cast<absl::StatusCode>(status.error_code()), status.error_message());
}

using ModuleCalls = v1::ResourceModule::StubInterface::async_interface;

// What of a request tells which one it is.
inline std::string NameOf(const google::protobuf::Message& request) {
  std::string name;
  const google::protobuf::Reflection& fields = *request.GetReflection();
  const google::protobuf::Descriptor& type = *request.GetDescriptor();
  if (const auto* id = type.FindFieldByName("operation_id"); id != nullptr) {
    absl::StrAppend(&name, ", op=", Hex(fields.GetString(request, id)));
  }
  if (const auto* resource = type.FindFieldByName("resource"); resource != nullptr) {
    absl::StrAppend(&name, ", resource \"", fields.GetString(request, resource), "\"");
  }
  return name;
}

// Calls `(stub->async()->*method)` of `instance`, which has a stub, with a deadline; `done` is called once, on a thread
// of gRPC. `step` is its name should it be slow.
template <typename Request, typename Response>
void CallModule(const ModuleInstance& instance, const char* step,
                void (ModuleCalls::*method)(grpc::ClientContext*, const Request*, Response*,
                                            std::function<void(grpc::Status)>),
                Request request, absl::Duration limit, std::function<void(absl::StatusOr<Response>)> done) {
  struct Call {
    std::shared_ptr<v1::ResourceModule::Stub> stub;
    grpc::ClientContext context;
    Request request;
    Response response;
  };
  auto call = std::make_shared<Call>();
  call->stub = instance.stub();
  call->request = std::move(request);
  call->context.set_deadline(absl::ToChronoTime(absl::Now() + limit));
  // A std::function is copied, a step is not.
  auto timed =
      std::make_shared<SlowSteps::Step>(BeginStep(instance.slow_steps(), step, [call, label = instance.label()] {
        return absl::StrCat("module ", label, NameOf(call->request));
      }));
  (static_cast<ModuleCalls*>(call->stub->async())->*method)(
      &call->context, &call->request, &call->response,
      [call, timed = std::move(timed), done = std::move(done)](const grpc::Status& status) {
        timed->End();
        if (status.ok()) {
          done(std::move(call->response));
        } else {
          done(FromGrpc(status));
        }
      });
}

}  // namespace resource_broker::broker
