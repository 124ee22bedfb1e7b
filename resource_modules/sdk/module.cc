#include "resource_modules/sdk/module.h"

#include <utility>

#include "resource_modules/sdk/notifications.h"

namespace resource_broker::sdk {

Module::Module() : notifications_(std::make_shared<Notifications>()) {}

Module::~Module() = default;

absl::Status Module::Open(const Resource& /*resource*/, uint32_t /*open_flags*/) { return absl::OkStatus(); }

void Module::Close(const Resource& /*resource*/) {}

ControlResult Module::Control(const ControlCall& /*call*/) { return ControlResult(); }

absl::StatusOr<std::optional<ExportedState>> Module::ExportState(const Resource& /*resource*/) { return std::nullopt; }

absl::Status Module::ImportState(const Resource& /*resource*/, const ExportedState& /*state*/) {
  return absl::OkStatus();
}

absl::Status Module::SelfTest() { return absl::OkStatus(); }

void Module::SetHealth(const std::string& resource, Health health, std::string message) {
  notifications_->SetHealth(resource, health == Health::kAlive ? v1::ALIVE : v1::DEAD, message);
}

void Module::SetLocked(const std::string& resource, bool locked, uint32_t reason, std::string message) {
  notifications_->SetLocked(resource, locked, reason, message);
}

void Module::SignalFailure(const std::string& resource, uint32_t failure_type, uint32_t application_error,
                           std::string message) {
  notifications_->SignalFailure(resource, failure_type, application_error, message);
}

}  // namespace resource_broker::sdk
