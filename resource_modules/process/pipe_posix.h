// Pipes to other processes.
#pragma once

#include "absl/status/statusor.h"
#include "ipc/unique_fd_posix.h"
#include "resource_modules/process/stream.h"

namespace resource_broker::process {

struct PipePair {
  ipc::UniqueFd theirs;
  Stream ours;
};

// Ours reads, or writes. Neither end is inherited by itself.
absl::StatusOr<PipePair> MakePipeToReadFrom();
absl::StatusOr<PipePair> MakePipeToWriteTo();

}  // namespace resource_broker::process
