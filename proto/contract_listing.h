// The contracts as lines of text, so that two states of them can be compared.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "google/protobuf/descriptor.h"

namespace resource_broker {

// What is frozen of a thing, by the thing: "field resource_broker.v1.ProtocolOffer.min_version" to "1 singular uint32".
// A kind (message, oneof, field, enum, value, service, method) and a full name; for an enum's value the name has the
// enum's name in it.
using ContractListing = std::map<std::string, std::string>;

// All that `file` declares, nested things as well. Reserved names and numbers are not listed: nobody sends them.
void List(const google::protobuf::FileDescriptor& file, ContractListing* listing);

// One line each, in order: "field resource_broker.v1.ProtocolOffer.min_version = 1 singular uint32".
std::string Print(const ContractListing& listing);

// What Print has written; lines that begin with # and empty ones are passed over.
ContractListing ParseListing(absl::string_view text);

// A sentence for each thing of `frozen` that `current` lacks or has otherwise, saying what would break. What only
// `current` has is no difference: peers pass over what they do not know.
std::vector<std::string> Breaks(const ContractListing& frozen, const ContractListing& current);

}  // namespace resource_broker
