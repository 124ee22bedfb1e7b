// What most handlers do: answer at once, and say shortly what a call was about.
#pragma once

#include <grpcpp/server_context.h>
#include <grpcpp/support/server_callback.h>

#include <string>
#include <utility>

#include "absl/status/status.h"
#include "broker_service/access/door.h"
#include "broker_service/api/grpc_status.h"
#include "broker_service/text.h"

namespace resource_broker::broker {

inline grpc::ServerUnaryReactor* Answer(grpc::CallbackServerContext* context, const absl::Status& status) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  reactor->Finish(ToGrpc(status));
  return reactor;
}

// Of arguments that may not have been checked yet, so as long as a caller likes.
inline Change ChangeOf(std::string subject, std::string before, std::string after) {
  return {CutText(std::move(subject), kMaxMessageBytes), CutText(std::move(before), kMaxMessageBytes),
          CutText(std::move(after), kMaxMessageBytes)};
}

}  // namespace resource_broker::broker
