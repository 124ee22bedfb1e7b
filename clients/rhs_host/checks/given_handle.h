// A RESOURCE_HANDLE that a DLL could close, to see whether it does.
#pragma once

#include <memory>

#include "bridge_dll/resapi.h"

namespace resource_broker::rhs_host {

// A handle of the system, which is the host's and stays open until this object goes. Windows: of an event. Natively,
// where there is no such thing, the number of a file descriptor.
class GivenHandle {
 public:
  // Null if the system gives none.
  static std::unique_ptr<GivenHandle> Make();
  // Closes it, unless somebody has.
  ~GivenHandle();
  GivenHandle(const GivenHandle&) = delete;
  GivenHandle& operator=(const GivenHandle&) = delete;

  resapi::RESOURCE_HANDLE value() const { return given_; }

  // Whether it still is what it was; false also if it was closed and the system has given the number away since.
  bool IsOpen() const;

 private:
  GivenHandle(resapi::HANDLE kept, resapi::RESOURCE_HANDLE given) : kept_(kept), given_(given) {}

  // Of the same object, and known to nobody else.
  const resapi::HANDLE kept_;
  const resapi::RESOURCE_HANDLE given_;
};

}  // namespace resource_broker::rhs_host
