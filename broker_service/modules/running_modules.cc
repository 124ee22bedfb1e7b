#include "broker_service/modules/running_modules.h"

#include <google/protobuf/util/json_util.h>

#include <fstream>
#include <iterator>
#include <string>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "broker_service/log.h"
#include "broker_service/modules/manifest.h"
#include "broker_service/modules/private_folder.h"

namespace resource_broker::broker {
namespace {

namespace fs = std::filesystem;

constexpr char kSuffix[] = ".json";
constexpr char kUnfinished[] = ".new";

absl::StatusOr<v1::RunningModule> Parse(const std::string& json) {
  v1::RunningModule module;
  const auto parsed = google::protobuf::util::JsonStringToMessage(json, &module);
  if (!parsed.ok()) {
    return absl::InvalidArgumentError(absl::string_view(parsed.message().data(), parsed.message().size()));
  }
  if (!IsModuleName(module.manifest().name())) return absl::InvalidArgumentError("manifest.name: is no module's name");
  if (module.process_id() == 0) return absl::InvalidArgumentError("processId: is missing");
  if (module.start_time() == 0) return absl::InvalidArgumentError("startTime: is missing");
  if (module.image_hash().empty()) return absl::InvalidArgumentError("imageHash: is missing");
  if (module.address().empty()) return absl::InvalidArgumentError("address: is missing");
  return module;
}

}  // namespace

fs::path RunningModules::FileOf(uint32_t process_id) const { return folder_ / absl::StrCat(process_id, kSuffix); }

absl::Status RunningModules::Save(const v1::RunningModule& module) const {
  if (absl::Status status = MakePrivateFolder(folder_); !status.ok()) return status;
  std::string json;
  if (!google::protobuf::util::MessageToJsonString(module, &json).ok()) {
    return absl::InternalError("the record of a running module can't be written as JSON");
  }
  // Whole or not at all, should the broker end meanwhile. That it survives the machine is of no use.
  const fs::path file = FileOf(module.process_id());
  const fs::path unfinished = fs::path(file).concat(kUnfinished);
  {
    std::ofstream stream(unfinished, std::ios::binary | std::ios::trunc);
    stream << json;
    stream.flush();
    if (!stream) return absl::UnavailableError(absl::StrCat(unfinished.u8string(), ": can't be written"));
  }
  std::error_code error;
  fs::rename(unfinished, file, error);
  if (error) return absl::UnavailableError(absl::StrCat(file.u8string(), ": ", error.message()));
  return absl::OkStatus();
}

void RunningModules::Remove(uint32_t process_id) const {
  std::error_code ignored;
  fs::remove(FileOf(process_id), ignored);
}

std::vector<v1::RunningModule> RunningModules::Load() const {
  std::vector<v1::RunningModule> all;
  std::error_code error;
  for (fs::directory_iterator entry(folder_, error), end; !error && entry != end; entry.increment(error)) {
    const fs::path file = entry->path();
    if (file.extension() != kSuffix) continue;
    std::ifstream stream(file, std::ios::binary);
    const std::string json{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
    // Windows removes no file that is open.
    stream.close();
    absl::StatusOr<v1::RunningModule> module = Parse(json);
    if (module.ok()) {
      all.push_back(*std::move(module));
      continue;
    }
    LogWarning(file.u8string(), " is of no use: ", module.status().message());
    std::error_code ignored;
    fs::remove(file, ignored);
  }
  return all;
}

}  // namespace resource_broker::broker
