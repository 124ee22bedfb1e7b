// Calls into a resource DLL, which must not let an exception out.
#pragma once

#include <exception>
#include <string>

#include "absl/strings/str_cat.h"

namespace resource_broker::rhs_host {

// Runs `call`. Empty, or what C++ exception came out of it: in RHS that ends the process (bug check 0x9E, source 3).
template <typename Call>
std::string CallAcrossBoundary(const Call& call) {
  try {
    call();
  } catch (const std::exception& exception) {
    return absl::StrCat("an exception left the entry point: ", exception.what());
  } catch (...) {
    return "an exception left the entry point";
  }
  return "";
}

}  // namespace resource_broker::rhs_host
