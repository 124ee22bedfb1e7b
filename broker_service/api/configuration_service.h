// The configuration of the running broker: the contract, served.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "broker_service/access/door.h"
#include "resource_broker/v1/configuration.grpc.pb.h"

namespace resource_broker::broker {

// Where the configuration comes from, and who takes it over. Thread-safe; calls may read a file.
class ConfigurationSource {
 public:
  virtual ~ConfigurationSource() = default;

  virtual v1::GetConfigurationResponse Current() = 0;
  virtual v1::ConfigurationCheck Validate(const std::string& json) = 0;
  // All that is live is in force when it returns; nothing has changed where it names an error.
  virtual v1::ConfigurationCheck Reload() = 0;
};

// Thread-safe.
class ConfigurationService : public v1::Configuration::CallbackService {
 public:
  // Both outlive it.
  ConfigurationService(Door* door, ConfigurationSource* source) : door_(door), source_(source) {}

  grpc::ServerUnaryReactor* GetConfiguration(grpc::CallbackServerContext* context,
                                             const v1::GetConfigurationRequest* request,
                                             v1::GetConfigurationResponse* response) override;
  grpc::ServerUnaryReactor* ValidateConfiguration(grpc::CallbackServerContext* context,
                                                  const v1::ValidateConfigurationRequest* request,
                                                  v1::ConfigurationCheck* response) override;
  grpc::ServerUnaryReactor* ReloadConfiguration(grpc::CallbackServerContext* context,
                                                const v1::ReloadConfigurationRequest* request,
                                                v1::ConfigurationCheck* response) override;

 private:
  Door* const door_;
  ConfigurationSource* const source_;
};

}  // namespace resource_broker::broker
