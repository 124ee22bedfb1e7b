// The steps of a recorder's script; recorder.h lists them.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "absl/strings/string_view.h"
#include "resource_modules/sdk/operation.h"
#include "resource_modules/sdk/result.h"

namespace resource_broker::recorder {

// What a script may tell the broker.
struct Signals {
  std::function<void(bool alive, std::string message)> health;
  std::function<void(bool locked, uint32_t reason)> lock;
  std::function<void(uint32_t type, uint32_t error, std::string message)> failure;
};

sdk::Result RunScript(absl::string_view script, sdk::Operation& operation, const Signals& signals);

}  // namespace resource_broker::recorder
