// Which module processes run, on disk, so that the broker after this one can go on with them.
#pragma once

#include <filesystem>
#include <vector>

#include "absl/status/status.h"
#include "resource_broker/v1/state.pb.h"

namespace resource_broker::broker {

// A file a process in a folder of the broker's own. Thread-safe: a process has one writer.
class RunningModules {
 public:
  explicit RunningModules(std::filesystem::path folder) : folder_(std::move(folder)) {}

  // The error names the file.
  absl::Status Save(const v1::RunningModule& module) const;
  void Remove(uint32_t process_id) const;

  // All that were not removed. A file that can't be understood is logged, removed and left out.
  std::vector<v1::RunningModule> Load() const;

 private:
  std::filesystem::path FileOf(uint32_t process_id) const;

  const std::filesystem::path folder_;
};

}  // namespace resource_broker::broker
