// What supervision of modules is told.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace resource_broker::broker {

class SlowSteps;
struct InstalledModule;

// As in BrokerConfig; see there for the meaning and defaults.
struct ModuleOptions {
  std::filesystem::path modules_directory;
  // Each module's log.
  std::filesystem::path log_directory;
  // What is written down of running modules for the next broker. Empty: nothing is, and none is found again.
  std::filesystem::path running_directory;
  // Which versions are active. Empty: that is not written down, as before the first activation.
  std::filesystem::path active_directory;
  // Natively: where the modules' sockets lie; made with mode 0700.
  std::filesystem::path socket_directory;
  absl::Duration handshake = absl::Seconds(10);
  absl::Duration call = absl::Seconds(5);
  absl::Duration stop = absl::Seconds(10);
  absl::Duration terminate = absl::Seconds(10);
  absl::Duration restart_backoff = absl::Milliseconds(200);
  absl::Duration restart_backoff_max = absl::Seconds(60);
  // A module that failed so often in a row is broken, and stays down for restart_backoff_max.
  uint32_t max_failures = 6;
  // One that ran so long before it failed has not failed in a row.
  absl::Duration stable_after = absl::Seconds(60);
  absl::Duration ask_again = absl::Milliseconds(200);
  absl::Duration last_words = absl::Seconds(1);
  // Whether an installed module may be started, asked before each start on a thread that may block; its error is why
  // the module fails. May be null: all may.
  std::function<absl::Status(const InstalledModule&)> verify;
  absl::Duration probation = absl::Seconds(60);
  absl::Duration self_test = absl::Seconds(30);
  absl::Duration tells = absl::Seconds(1);
  uint32_t keep_versions = 3;
  // Told of what modules are asked to do; may be null. Must outlive the modules.
  SlowSteps* slow_steps = nullptr;
};

// Why a module can't be used.
struct ModuleFailure {
  // See win32_codes.h.
  uint32_t win32_code = 0;
  std::string message;
};

}  // namespace resource_broker::broker
