// The file with an administrator's contexts.
#pragma once

#include <filesystem>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "clients/brokerctl/brokerctl.pb.h"

namespace resource_broker::brokerctl {

// The context that always is: the local pipe or socket.
inline constexpr char kLocalContext[] = "local";

// Empty where there is no such file. InvalidArgument names the file and what is wrong with it.
absl::StatusOr<Contexts> LoadContexts(const std::filesystem::path& file);

// In one step, with mode 0600.
absl::Status SaveContexts(const std::filesystem::path& file, const Contexts& contexts);

// InvalidArgument names the field.
absl::Status CheckContext(const Context& context);

// NotFound lists those there are.
absl::StatusOr<Context> FindContext(const Contexts& contexts, const std::string& name);

}  // namespace resource_broker::brokerctl
