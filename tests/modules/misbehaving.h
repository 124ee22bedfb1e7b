// The modes that are made with the SDK.
#pragma once

#include <memory>
#include <string>

#include "resource_modules/sdk/module.h"

namespace resource_broker::test_modules {

// Null for a mode that is none of them.
std::unique_ptr<sdk::Module> MakeModule(const std::string& mode);

}  // namespace resource_broker::test_modules
