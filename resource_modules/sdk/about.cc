#include "resource_modules/sdk/about.h"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "google/protobuf/util/json_util.h"
#include "resource_broker/v1/module.pb.h"
#include "resource_modules/sdk/program.h"

namespace resource_broker::sdk {

About AboutThisProgram() {
  About about;
  std::filesystem::path program = std::filesystem::u8path(ProgramPath());
  about.name = program.stem().u8string();

  std::ifstream file(program.parent_path() / "manifest.json", std::ios::binary);
  std::string json(std::istreambuf_iterator<char>(file), {});
  v1::ModuleManifest manifest;
  if (file && google::protobuf::util::JsonStringToMessage(json, &manifest).ok()) {
    about = {manifest.name(), manifest.version(), manifest.description()};
  }
  return about;
}

std::string HelpText(const About& about) {
  return absl::StrCat(
      about.name, " ", about.version, "\n", about.description, about.description.empty() ? "" : "\n",
      "\nThis is a module of Resource Broker. It is not run by hand: the broker starts it and tells it\n"
      "by RESOURCE_BROKER_MODULE_ENDPOINT where to listen.\n\n"
      "  --help     this text\n  --version  name and version\n");
}

}  // namespace resource_broker::sdk
