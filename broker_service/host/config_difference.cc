#include "broker_service/host/config_difference.h"

#include <memory>

#include "absl/strings/str_cat.h"
#include "google/protobuf/util/message_differencer.h"

namespace resource_broker::broker {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

bool IsMessage(const FieldDescriptor& field) {
  return !field.is_repeated() && field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE;
}

// `message` with nothing but this field.
std::unique_ptr<Message> Only(const Message& message, const FieldDescriptor& field) {
  const std::unique_ptr<Message> copy(message.New());
  copy->CopyFrom(message);
  std::unique_ptr<Message> only(message.New());
  message.GetReflection()->SwapFields(copy.get(), only.get(), {&field});
  return only;
}

void AddDifferences(const std::string& prefix, const Message& a, const Message& b, std::vector<std::string>* keys) {
  const Reflection& reflection = *a.GetReflection();
  for (int i = 0; i < a.GetDescriptor()->field_count(); ++i) {
    const FieldDescriptor& field = *a.GetDescriptor()->field(i);
    const std::string key = absl::StrCat(prefix, field.json_name());
    if (IsMessage(field) && reflection.HasField(a, &field) && reflection.HasField(b, &field)) {
      AddDifferences(absl::StrCat(key, "."), reflection.GetMessage(a, &field), reflection.GetMessage(b, &field), keys);
    } else if (!google::protobuf::util::MessageDifferencer::Equals(*Only(a, field), *Only(b, field))) {
      keys->push_back(key);
    }
  }
}

}  // namespace

std::vector<std::string> DifferingKeys(const Message& a, const Message& b) {
  std::vector<std::string> keys;
  AddDifferences("", a, b, &keys);
  return keys;
}

void CopyKey(const Message& from, const std::string& key, Message* to) {
  const size_t dot = key.find('.');
  const std::string first = key.substr(0, dot);
  for (int i = 0; i < from.GetDescriptor()->field_count(); ++i) {
    const FieldDescriptor& field = *from.GetDescriptor()->field(i);
    if (field.json_name() != first) continue;
    const Reflection& reflection = *from.GetReflection();
    if (dot != std::string::npos) {
      CopyKey(reflection.GetMessage(from, &field), key.substr(dot + 1), reflection.MutableMessage(to, &field));
    } else {
      reflection.ClearField(to, &field);
      to->MergeFrom(*Only(from, field));
    }
  }
}

}  // namespace resource_broker::broker
