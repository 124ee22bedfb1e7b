// Prints answers in the form that was asked for.
#pragma once

#include <ostream>
#include <string>

#include "google/protobuf/message.h"

namespace resource_broker::brokerctl {

class Output {
 public:
  // `out` must outlive it.
  Output(std::ostream* out, bool json) : out_(out), json_(json) {}

  bool json() const { return json_; }

  // The message as indented JSON, or else `text`.
  void Print(const google::protobuf::Message& message, const std::string& text);

  // The same on one line, at once: for streams.
  void PrintLine(const google::protobuf::Message& message, const std::string& text);

 private:
  std::ostream* const out_;
  const bool json_;
};

}  // namespace resource_broker::brokerctl
