// Pipes to other processes.
#pragma once

#include "absl/status/statusor.h"
#include "ipc/unique_handle_windows.h"
#include "resource_modules/process/stream.h"

namespace resource_broker::process {

struct PipePair {
  // Inheritable.
  ipc::UniqueHandle theirs;
  Stream ours;
};

// Ours reads, or writes.
absl::StatusOr<PipePair> MakePipeToReadFrom();
absl::StatusOr<PipePair> MakePipeToWriteTo();

}  // namespace resource_broker::process
