#include "resource_modules/examples/recorder/recorder.h"

#include <cstdint>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "google/protobuf/struct.pb.h"
#include "google/protobuf/util/json_util.h"
#include "resource_modules/examples/recorder/record_file.h"
#include "resource_modules/examples/recorder/script.h"
#include "resource_modules/sdk/in_buffer.h"
#include "resource_modules/sdk/log.h"
#include "resource_modules/sdk/program.h"

namespace resource_broker::recorder {
namespace {

using google::protobuf::Struct;
using google::protobuf::Value;

constexpr size_t kMaxHexBytes = 64;
constexpr uint32_t kStateFormat = 1;
constexpr uint32_t kUserControl = 0x00200000;

Value Text(std::string text) {
  Value value;
  value.set_string_value(std::move(text));
  return value;
}

Value Number(double number) {
  Value value;
  value.set_number_value(number);
  return value;
}

Value Null() {
  Value value;
  value.set_null_value(google::protobuf::NULL_VALUE);
  return value;
}

std::string Fnv1a(absl::string_view bytes) {
  uint64_t hash = 0xCBF29CE484222325;
  for (char byte : bytes) hash = (hash ^ static_cast<uint8_t>(byte)) * 0x100000001B3;
  return absl::StrFormat("%016x", hash);
}

Value InBuffer(const std::optional<std::string>& in_buffer) {
  if (!in_buffer.has_value()) return Null();
  Value value;
  auto& fields = *value.mutable_struct_value()->mutable_fields();
  fields["size"] = Number(static_cast<double>(in_buffer->size()));
  fields["fnv1a"] = Text(Fnv1a(*in_buffer));
  if (in_buffer->size() <= kMaxHexBytes) fields["hex"] = Text(absl::BytesToHexString(*in_buffer));
  return value;
}

Struct Call(const std::string& call, const std::string& resource) {
  Struct record;
  (*record.mutable_fields())["call"] = Text(call);
  (*record.mutable_fields())["resource"] = Text(resource);
  (*record.mutable_fields())["process_id"] = Number(sdk::ProcessId());
  return record;
}

// What the start and the end of an operation have in common.
Struct OperationCall(const std::string& call, const sdk::Operation& operation) {
  Struct record = Call(call, operation.resource_name());
  auto& fields = *record.mutable_fields();
  fields["operation_id"] = Text(absl::BytesToHexString(operation.id()));
  fields["attempt"] = Number(operation.attempt());
  fields["restore"].set_bool_value(operation.restore());
  return record;
}

void Record(const sdk::Properties& properties, absl::string_view file_property, const Struct& record) {
  absl::StatusOr<std::string> path = properties.Text(file_property, "");
  if (!path.ok() || path->empty()) return;
  std::string json;
  if (!google::protobuf::util::MessageToJsonString(record, &json).ok()) return;
  absl::Status appended = AppendLine(*path, json);
  if (!appended.ok()) sdk::Log(appended.message());
}

}  // namespace

sdk::Result Recorder::Online(sdk::Operation& operation) {
  sdk::Result result = Execute(operation, "ONLINE", "OnlineScript");
  if (result.done()) SetAlive(operation.resource_name(), true);
  return result;
}

sdk::Result Recorder::Offline(sdk::Operation& operation) {
  sdk::Result result = Execute(operation, "OFFLINE", "OfflineScript");
  if (result.done()) SetAlive(operation.resource_name(), false);
  return result;
}

void Recorder::Terminate(const sdk::Resource& resource) {
  Record(resource.properties, "CallFile", Call("terminate", resource.name));
  SetAlive(resource.name, false);
}

sdk::HealthReport Recorder::CheckHealth(const sdk::Resource& resource, bool /*thorough*/) {
  absl::MutexLock lock(&mutex_);
  return {alive_[resource.name] ? sdk::Health::kAlive : sdk::Health::kDead, ""};
}

absl::Status Recorder::Open(const sdk::Resource& resource, uint32_t /*open_flags*/) {
  Record(resource.properties, "CallFile", Call("open", resource.name));
  return absl::OkStatus();
}

void Recorder::Close(const sdk::Resource& resource) {
  Record(resource.properties, "CallFile", Call("close", resource.name));
  absl::MutexLock lock(&mutex_);
  alive_.erase(resource.name);
}

sdk::ControlResult Recorder::Control(const sdk::ControlCall& call) {
  if ((call.code & kUserControl) == 0) return sdk::ControlResult();
  return {0, call.in.value_or("")};
}

absl::StatusOr<std::optional<sdk::ExportedState>> Recorder::ExportState(const sdk::Resource& resource) {
  Record(resource.properties, "CallFile", Call("export", resource.name));
  absl::MutexLock lock(&mutex_);
  return sdk::ExportedState{kStateFormat, alive_[resource.name] ? "alive" : ""};
}

absl::Status Recorder::ImportState(const sdk::Resource& resource, const sdk::ExportedState& state) {
  if (state.format != kStateFormat) {
    return absl::InvalidArgumentError(absl::StrCat("state: format ", state.format, " is not known"));
  }
  Record(resource.properties, "CallFile", Call("import", resource.name));
  SetAlive(resource.name, state.data == "alive");
  return absl::OkStatus();
}

sdk::Result Recorder::Execute(sdk::Operation& operation, absl::string_view kind, absl::string_view script_property) {
  Struct record = OperationCall("execute", operation);
  auto& fields = *record.mutable_fields();
  fields["kind"] = Text(std::string(kind));
  fields["flags"] = Number(operation.flags().raw());
  fields["destination_node"] = operation.destination_node() ? Text(*operation.destination_node()) : Null();
  fields["in_buffer"] = InBuffer(operation.in_buffer());
  fields["reserved"] = Number(operation.reserved());
  fields["properties"] = Number(static_cast<double>(operation.properties().size()));
  Record(operation.properties(), "RecordFile", record);

  const char* in_buffer_name = operation.restore() ? "RestoreScript" : "Script";
  if (operation.restore()) script_property = in_buffer_name;
  absl::StatusOr<std::string> script = operation.properties().Text(script_property, "");
  absl::StatusOr<sdk::Properties> in_buffer = sdk::ParseInBuffer(operation.in_buffer().value_or(""));
  if (in_buffer.ok() && in_buffer->Has(in_buffer_name)) script = in_buffer->Text(in_buffer_name);
  if (!script.ok()) return sdk::Result::Failed(script.status());

  const std::string& resource = operation.resource_name();
  Signals signals;
  signals.health = [&](bool alive, std::string message) {
    SetAlive(resource, alive);
    SetHealth(resource, alive ? sdk::Health::kAlive : sdk::Health::kDead, std::move(message));
  };
  signals.lock = [&](bool locked, uint32_t reason) { SetLocked(resource, locked, reason, "the script says so"); };
  signals.failure = [&](uint32_t type, uint32_t error, std::string message) {
    SignalFailure(resource, type, error, std::move(message));
  };
  sdk::Result result = RunScript(*script, operation, signals);
  record = OperationCall("end", operation);
  (*record.mutable_fields())["outcome"] = Text(v1::Outcome_Name(result.proto().outcome()));
  Record(operation.properties(), "EndFile", record);
  return result;
}

void Recorder::SetAlive(const std::string& resource, bool alive) {
  absl::MutexLock lock(&mutex_);
  alive_[resource] = alive;
}

}  // namespace resource_broker::recorder
