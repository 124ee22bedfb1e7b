// Small things about runs that the supervision's parts share.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "broker_service/operations/module_gateway.h"

namespace resource_broker::broker {

// Ends a run that no module had.
inline void EndNotRun(ExecutionListener* listener, uint32_t win32_code, std::string message) {
  ExecutionEnd end;
  end.kind = ExecutionEnd::Kind::kNotRun;
  end.win32_code = win32_code;
  end.message = std::move(message);
  listener->OnEnd(std::move(end));
}

// The resource, as its operation has it.
inline ResourceSpec SpecOf(const v1::OperationRequest& operation) {
  ResourceSpec spec;
  spec.resource = operation.resource();
  spec.resource_type = operation.resource_type();
  spec.module = operation.module();
  spec.properties = operation.properties();
  return spec;
}

}  // namespace resource_broker::broker
