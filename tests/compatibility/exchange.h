// What two peers said to each other over gRPC, as bytes in a readable file, so that it can be said again years later.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace resource_broker::compatibility {

// One line of the file; in the order things happened. Calls are numbered as they began.
//   <call> call <method> <request>     /package.Service/Method, and the request's protobuf bytes in hexadecimal
//   <call> answer <message>            the answer, or one of a stream's
//   <call> end <status> [<message>]    a gRPC status code; 0 is OK
// Empty bytes are written as "-"; lines that begin with # and empty ones say nothing.
struct Entry {
  enum class Kind { kCall, kAnswer, kEnd };
  int call = 0;
  Kind kind = Kind::kCall;
  // Of a kCall.
  std::string method;
  // The protobuf bytes; of a kEnd the status' message.
  std::string bytes;
  // Of a kEnd.
  int status = 0;
};

using Exchange = std::vector<Entry>;

std::string Print(const Entry& entry);

// InvalidArgument names the line.
absl::StatusOr<Exchange> ParseExchange(absl::string_view text);

// Of a file; NotFound if there is none.
absl::StatusOr<Exchange> ReadExchange(const std::string& path);

}  // namespace resource_broker::compatibility
