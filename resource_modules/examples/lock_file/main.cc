// A whole module: its resource is online while a file exists.
#include <filesystem>
#include <fstream>
#include <system_error>

#include "resource_modules/sdk/module.h"

namespace {

using namespace resource_broker::sdk;  // NOLINT(google-build-using-namespace): a module's own program

class LockFileModule : public Module {
 public:
  Result Online(Operation& operation) override {
    absl::StatusOr<std::string> path = operation.properties().Text("Path");
    if (!path.ok()) return Result::Failed(path.status());
    operation.Report(50, "writing " + *path);
    std::ofstream file(std::filesystem::u8path(*path));
    file << operation.resource_name() << std::endl;
    if (!file) return Result::Failed(resource_broker::win32::kAccessDenied, "cannot write " + *path);
    return Result::Done();
  }

  Result Offline(Operation& operation) override {
    absl::StatusOr<std::string> path = operation.properties().Text("Path");
    if (!path.ok()) return Result::Failed(path.status());
    std::error_code error;
    std::filesystem::remove(std::filesystem::u8path(*path), error);
    if (error) return Result::Failed(resource_broker::win32::kAccessDenied, *path + ": " + error.message());
    return Result::Done();
  }

  void Terminate(const Resource& resource) override {
    std::error_code ignored;
    std::filesystem::remove(std::filesystem::u8path(resource.properties.Text("Path").value_or("")), ignored);
  }

  HealthReport CheckHealth(const Resource& resource, bool /*thorough*/) override {
    std::error_code ignored;
    std::string path = resource.properties.Text("Path").value_or("");
    if (std::filesystem::exists(std::filesystem::u8path(path), ignored)) return {Health::kAlive, ""};
    return {Health::kDead, "there is no " + path};
  }
};

}  // namespace

int main(int argc, char** argv) {
  LockFileModule module;
  return RunModule(argc, argv, module);
}
