// docs/configuration.md, made of config.proto.
#pragma once

#include <string>

#include "google/protobuf/descriptor.h"

namespace resource_broker::broker::testing {

// `config` is BrokerConfig with its comments, that is of a pool that was built with the source's places.
std::string ConfigReference(const google::protobuf::Descriptor& config);

}  // namespace resource_broker::broker::testing
