// To be included before any private header of gRPC. These change with each version, and their structures with NDEBUG:
// what was built otherwise links, and crashes at once.
#pragma once

// Settles what <windows.h> declares, so it comes before that.
#include <grpc/support/port_platform.h>
#include <grpcpp/version_info.h>

#ifndef NDEBUG
#error "gRPC was built with NDEBUG, so this must be too"
#endif

static_assert(GRPC_CPP_VERSION_MAJOR == 1 && GRPC_CPP_VERSION_MINOR == 51 && GRPC_CPP_VERSION_PATCH == 1,
              "ipc/ rests on internals of gRPC 1.51.1; see ipc/README.md on what to check for another");

#include "src/core/lib/iomgr/exec_ctx.h"

namespace resource_broker::ipc {

// What gRPC's functions need around them on a thread of ours. Its destructor runs what they have scheduled.
struct GrpcScope {
  grpc_core::ApplicationCallbackExecCtx callbacks{GRPC_APP_CALLBACK_EXEC_CTX_FLAG_IS_INTERNAL_THREAD};
  grpc_core::ExecCtx closures{GRPC_EXEC_CTX_FLAG_IS_INTERNAL_THREAD};
};

}  // namespace resource_broker::ipc
