#include "clients/brokerctl/module_commands.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <random>
#include <system_error>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "broker_service/modules/file_hash.h"
#include "broker_service/packages/package_writer.h"
#include "clients/brokerctl/brokerctl.pb.h"
#include "clients/brokerctl/package_upload.h"
#include "resource_broker/v1/packages.grpc.pb.h"

namespace resource_broker::brokerctl {
namespace {

namespace fs = std::filesystem;
using broker::CompletedManifest;

constexpr uint32_t kRemoteRetries = 3;

constexpr char kPackExamples[] = R"(  brokerctl modules pack sql_gateway
  openssl genpkey -algorithm ed25519 -out key.pem      once; `openssl pkey -in key.pem -pubout` is for broker.json
  openssl pkeyutl -sign -rawin -inkey key.pem -in sql_gateway/manifest.json -out sql_gateway/manifest.sig
  brokerctl modules pack sql_gateway

Writes the hash of every file of DIRECTORY into its manifest.json and makes the .zip of it. To sign a package: pack it,
sign manifest.json, and pack it again.)";

constexpr char kStageExamples[] = R"(  brokerctl modules stage sql_gateway-2.4.0.zip
  brokerctl --context prod --yes modules stage sql_gateway-2.4.0.zip --retries 10

A broker checks the package and puts it beside what is installed, as a whole or not at all. Done twice, it is done
once. Of a directory that was not packed yet the hashes are taken now; its own manifest.json stays as it is.)";

// What went wrong here, so that it is not taken for a word of the broker's: there is none, there is no such module.
absl::Status Here(const absl::Status& status) {
  const bool theirs = absl::IsNotFound(status) || absl::IsInvalidArgument(status);
  return absl::Status(theirs ? absl::StatusCode::kInvalidArgument : absl::StatusCode::kFailedPrecondition,
                      status.message());
}

// A file for a moment, beside others of this user's.
class TemporaryFile {
 public:
  TemporaryFile() {
    std::random_device random;
    path_ = fs::temp_directory_path() / absl::StrCat("brokerctl-", absl::Hex(random()), absl::Hex(random()), ".zip");
  }
  ~TemporaryFile() {
    std::error_code ignored;
    fs::remove(path_, ignored);
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

bool LiesIn(const fs::path& file, const fs::path& folder) {
  std::error_code error;
  const fs::path whole = fs::weakly_canonical(file, error);
  const fs::path outer = fs::weakly_canonical(folder, error);
  return std::mismatch(outer.begin(), outer.end(), whole.begin(), whole.end()).first == outer.end();
}

// As a whole or not at all.
absl::Status ReplaceFile(const fs::path& file, const std::string& text) {
  const fs::path unfinished = fs::path(file).concat(".new");
  std::ofstream stream(unfinished, std::ios::binary | std::ios::trunc);
  stream << text;
  stream.close();
  std::error_code error;
  if (stream) fs::rename(unfinished, file, error);
  if (stream && !error) return absl::OkStatus();
  std::error_code ignored;
  fs::remove(unfinished, ignored);
  return absl::UnknownError(absl::StrCat(file.u8string(), ": can't be written"));
}

absl::StatusOr<Answer> Pack(const fs::path& folder, fs::path zip) {
  const absl::StatusOr<CompletedManifest> manifest = broker::CompleteManifest(folder);
  if (!manifest.ok()) return Here(manifest.status());
  if (zip.empty()) zip = fs::u8path(absl::StrCat(manifest->name, "-", manifest->version, ".zip"));
  if (LiesIn(fs::absolute(zip), fs::absolute(folder))) {
    return absl::InvalidArgumentError(
        absl::StrCat(zip.u8string(), " would lie in the folder it is made of; say where with --out"));
  }
  if (manifest->changed) {
    if (absl::Status status = ReplaceFile(folder / "manifest.json", manifest->text); !status.ok()) return status;
  }
  if (absl::Status status = broker::WriteZip(folder, *manifest, zip); !status.ok()) return Here(status);
  PackedModule packed;
  packed.set_package(zip.u8string());
  return AnswerOf(std::move(packed), {Lines({zip.u8string()})});
}

absl::StatusOr<Answer> Send(const Node& node, const fs::path& zip, std::optional<uint32_t> retries,
                            Progress& progress) {
  const absl::StatusOr<std::string> hash = broker::HashFile(zip);
  if (!hash.ok()) return Here(hash.status());
  const uint32_t times = retries.value_or(node.local() ? 0 : kRemoteRetries);
  absl::StatusOr<v1::StageModuleResponse> staged =
      UploadPackage(node, zip, absl::HexStringToBytes(*hash), times, progress);
  // Who is here has every role: what was denied is the package's signature.
  if (node.local() && absl::IsPermissionDenied(staged.status())) {
    return absl::FailedPreconditionError(staged.status().message());
  }
  if (!staged.ok()) return staged.status();
  const std::string line = absl::StrCat(staged->name(), " ", staged->version(),
                                        staged->already_staged() ? " was staged already" : " is staged",
                                        staged->trusted() ? ", signed by a trusted key" : ", not signed");
  return AnswerOf(*std::move(staged), {Lines({line})});
}

absl::StatusOr<Answer> Stage(const Node& node, const fs::path& path, std::optional<uint32_t> retries,
                             Progress& progress) {
  std::error_code error;
  if (!fs::is_directory(path, error)) return Send(node, path, retries, progress);
  const absl::StatusOr<CompletedManifest> manifest = broker::CompleteManifest(path);
  if (!manifest.ok()) return Here(manifest.status());
  const TemporaryFile zip;
  if (absl::Status status = broker::WriteZip(path, *manifest, zip.path()); !status.ok()) return Here(status);
  return Send(node, zip.path(), retries, progress);
}

absl::StatusOr<Answer> Remove(const Node& node, const v1::RemoveModuleVersionRequest& request) {
  absl::StatusOr<v1::RemoveModuleVersionResponse> answer = node.Call(&v1::Packages::Stub::RemoveModuleVersion, request);
  if (!answer.ok()) return answer.status();
  return AnswerOf(*std::move(answer), {Lines({absl::StrCat(request.name(), " ", request.version(), " is removed")})});
}

struct Values {
  std::string path;
  std::string out;
  std::string name;
  std::string version;
  std::optional<uint32_t> retries;
};

void AddStage(CLI::App* modules, Command* chosen, const std::shared_ptr<Values>& values) {
  CLI::App* stage = AddCommand(modules, "stage", "Gives the brokers a package", kStageExamples);
  stage->add_option("PATH", values->path, "A .zip that pack made, or a module's directory")->required();
  stage
      ->add_option("--retries", values->retries,
                   absl::StrCat("How often an upload that broke off is repeated; default ", kRemoteRetries,
                                ", of a local broker 0"))
      ->check(CLI::Range(uint32_t{0}, uint32_t{1000}));
  stage->callback([chosen, values] {
    chosen->changes = true;
    chosen->work = [values](const Node& node, Progress& progress) {
      return Stage(node, fs::u8path(values->path), values->retries, progress);
    };
  });
}

}  // namespace

void AddModuleCommands(CLI::App* modules, Command* chosen) {
  const auto values = std::make_shared<Values>();
  CLI::App* pack = AddCommand(modules, "pack", "Makes a package of a module's directory", kPackExamples);
  pack->add_option("DIRECTORY", values->path, "With manifest.json at its root")->required();
  pack->add_option("--out", values->out, "The .zip to write; default NAME-VERSION.zip, here")->type_name("FILE");
  pack->callback([chosen, values] {
    chosen->here = [values] { return Pack(fs::u8path(values->path), fs::u8path(values->out)); };
  });
  AddStage(modules, chosen, values);
  CLI::App* remove = AddCommand(modules, "remove", "Removes an installed version that nothing uses",
                                "  brokerctl modules remove sql_gateway 2.3.0");
  remove->add_option("MODULE", values->name, "The module")->required();
  remove->add_option("VERSION", values->version, "As in its manifest")->required();
  remove->callback([chosen, values] {
    v1::RemoveModuleVersionRequest request;
    request.set_name(values->name);
    request.set_version(values->version);
    chosen->changes = true;
    chosen->ask = [request](const Node& node) { return Remove(node, request); };
  });
}

}  // namespace resource_broker::brokerctl
