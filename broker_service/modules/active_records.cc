#include "broker_service/modules/active_records.h"

#include <google/protobuf/util/json_util.h>

#include <fstream>
#include <iterator>

#include "absl/strings/str_cat.h"
#include "broker_service/durable_files.h"
#include "broker_service/modules/manifest.h"
#include "broker_service/modules/private_folder.h"

namespace resource_broker::broker {
namespace {

namespace fs = std::filesystem;

// What is wrong with it; empty if nothing is.
std::string FaultOf(const std::string& json, const std::string& module, v1::ActiveModule* record) {
  const auto parsed = google::protobuf::util::JsonStringToMessage(json, record);
  if (!parsed.ok()) return std::string(parsed.message().data(), parsed.message().size());
  if (record->name() != module) return "name: is not the file's";
  if (!IsModuleVersion(record->active())) return "active: is no version";
  for (const std::string& version : record->previous()) {
    if (!IsModuleVersion(version)) return "previous: is no version";
  }
  if (!record->has_canary()) return "";
  if (!IsModuleVersion(record->canary().version())) return "canary.version: is no version";
  if (record->canary().percent() < 1 || record->canary().percent() > 99) return "canary.percent: must be 1 to 99";
  return "";
}

}  // namespace

absl::StatusOr<v1::ActiveModule> ActiveRecords::Load(const std::string& module) const {
  const fs::path file = folder_ / (module + ".json");
  std::error_code error;
  if (folder_.empty() || !fs::exists(file, error))
    return absl::NotFoundError(absl::StrCat(file.u8string(), " is not there"));
  std::ifstream stream(file, std::ios::binary);
  const std::string json{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
  v1::ActiveModule record;
  std::string fault = stream ? FaultOf(json, module, &record) : "can't be read";
  if (fault.empty()) return record;
  return absl::DataLossError(absl::StrCat(file.u8string(), ": ", fault));
}

absl::Status ActiveRecords::Save(const v1::ActiveModule& record) const {
  if (folder_.empty()) return absl::OkStatus();
  if (absl::Status status = MakePrivateFolder(folder_); !status.ok()) return status;
  std::string json;
  if (!google::protobuf::util::MessageToJsonString(record, &json).ok()) {
    return absl::InternalError("which version is active can't be written as JSON");
  }
  return WriteDurably(folder_ / (record.name() + ".json"), json);
}

}  // namespace resource_broker::broker
