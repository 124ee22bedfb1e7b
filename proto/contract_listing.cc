#include "proto/contract_listing.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "google/protobuf/descriptor.pb.h"

namespace resource_broker {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::FileDescriptor;
using google::protobuf::MethodDescriptor;
using google::protobuf::ServiceDescriptor;

std::string TypeOf(const FieldDescriptor& field) {
  if (field.is_map()) {
    const Descriptor& entry = *field.message_type();
    return absl::StrCat("map<", TypeOf(*entry.map_key()), ",", TypeOf(*entry.map_value()), ">");
  }
  if (field.message_type() != nullptr) return field.message_type()->full_name();
  if (field.enum_type() != nullptr) return absl::StrCat("enum:", field.enum_type()->full_name());
  return field.type_name();
}

// Number, label, type; then the oneof it is in, and whether absent and default can be told apart.
std::string Shape(const FieldDescriptor& field) {
  const bool repeated = field.is_repeated() && !field.is_map();
  std::string shape = absl::StrCat(field.number(), repeated ? " repeated " : " singular ", TypeOf(field));
  if (field.real_containing_oneof() != nullptr)
    absl::StrAppend(&shape, " oneof:", field.real_containing_oneof()->name());
  if (field.has_presence()) absl::StrAppend(&shape, " presence");
  if (field.is_packed()) absl::StrAppend(&shape, " packed");
  return shape;
}

std::string Shape(const MethodDescriptor& method) {
  return absl::StrCat(method.client_streaming() ? "stream " : "", method.input_type()->full_name(), " returns ",
                      method.server_streaming() ? "stream " : "", method.output_type()->full_name());
}

void List(const EnumDescriptor& type, ContractListing* listing) {
  (*listing)["enum " + type.full_name()] = "";
  for (int i = 0; i < type.value_count(); ++i) {
    (*listing)[absl::StrCat("value ", type.full_name(), ".", type.value(i)->name())] =
        absl::StrCat(type.value(i)->number());
  }
}

void List(const Descriptor& type, ContractListing* listing) {
  if (type.options().map_entry()) return;  // its field's type says all of it
  (*listing)["message " + type.full_name()] = "";
  for (int i = 0; i < type.field_count(); ++i) {
    (*listing)["field " + type.field(i)->full_name()] = Shape(*type.field(i));
  }
  for (int i = 0; i < type.enum_type_count(); ++i) List(*type.enum_type(i), listing);
  for (int i = 0; i < type.nested_type_count(); ++i) List(*type.nested_type(i), listing);
}

void List(const ServiceDescriptor& service, ContractListing* listing) {
  (*listing)["service " + service.full_name()] = "";
  for (int i = 0; i < service.method_count(); ++i) {
    (*listing)["method " + service.method(i)->full_name()] = Shape(*service.method(i));
  }
}

std::string WhatWouldBreak(absl::string_view thing) {
  const absl::string_view kind = thing.substr(0, thing.find(' '));
  if (kind == "method" || kind == "service") return "calls of a version 1 peer would be answered with UNIMPLEMENTED";
  if (kind == "value") return "a version 1 peer sends this number, and takes it for what it was";
  if (kind == "field") return "what a version 1 peer sends in it would be lost or taken for something else";
  return "fields and calls of version 1 are made of it";
}

}  // namespace

void List(const FileDescriptor& file, ContractListing* listing) {
  for (int i = 0; i < file.message_type_count(); ++i) List(*file.message_type(i), listing);
  for (int i = 0; i < file.enum_type_count(); ++i) List(*file.enum_type(i), listing);
  for (int i = 0; i < file.service_count(); ++i) List(*file.service(i), listing);
}

std::string Print(const ContractListing& listing) {
  std::string text;
  for (const auto& [thing, shape] : listing) {
    absl::StrAppend(&text, thing, shape.empty() ? "" : " = ", shape, "\n");
  }
  return text;
}

ContractListing ParseListing(absl::string_view text) {
  ContractListing listing;
  for (const absl::string_view line : absl::StrSplit(text, absl::ByAnyChar("\r\n"), absl::SkipEmpty())) {
    if (line[0] == '#') continue;
    const std::pair<std::string, std::string> parts = absl::StrSplit(line, absl::MaxSplits(" = ", 1));
    listing[parts.first] = parts.second;
  }
  return listing;
}

std::vector<std::string> Breaks(const ContractListing& frozen, const ContractListing& current) {
  std::vector<std::string> breaks;
  for (const auto& [thing, shape] : frozen) {
    const auto found = current.find(thing);
    if (found != current.end() && found->second == shape) continue;
    breaks.push_back(absl::StrCat(
        thing, found == current.end() ? " is gone" : absl::StrCat(" was \"", shape, "\", is \"", found->second, "\""),
        ": ", WhatWouldBreak(thing)));
  }
  return breaks;
}

}  // namespace resource_broker
