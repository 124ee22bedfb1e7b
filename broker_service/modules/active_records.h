// Which version of each module is active, on disk.
#pragma once

#include <filesystem>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "resource_broker/v1/state.pb.h"

namespace resource_broker::broker {

// A file a module in a folder of the broker's own. Thread-safe: a module has one writer.
class ActiveRecords {
 public:
  // Empty: nothing is kept, and there is nothing.
  explicit ActiveRecords(std::filesystem::path folder) : folder_(std::move(folder)) {}

  // NotFound: no version was ever activated. DataLoss: the file can't be understood; the error names it.
  absl::StatusOr<v1::ActiveModule> Load(const std::string& module) const;

  // Durable when it returns OK; else what was there is still there. Blocks.
  absl::Status Save(const v1::ActiveModule& record) const;

 private:
  const std::filesystem::path folder_;
};

}  // namespace resource_broker::broker
