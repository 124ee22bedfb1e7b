#include "clients/brokerctl/module_commands.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>
#include <random>
#include <system_error>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "broker_service/modules/file_hash.h"
#include "broker_service/packages/package_writer.h"
#include "clients/brokerctl/format.h"

namespace resource_broker::brokerctl {
namespace {

namespace fs = std::filesystem;
using broker::CompletedManifest;

constexpr char kPackHelp[] = R"(
Writes the hash of every file of DIRECTORY into its manifest.json and makes the .zip of it. To sign a package: pack it,
sign manifest.json, and pack it again.

  brokerctl modules pack sql_gateway
  openssl genpkey -algorithm ed25519 -out key.pem      once; `openssl pkey -in key.pem -pubout` is for broker.json
  openssl pkeyutl -sign -rawin -inkey key.pem -in sql_gateway/manifest.json -out sql_gateway/manifest.sig
  brokerctl modules pack sql_gateway)";

constexpr char kStageHelp[] = R"(
The broker checks the package and puts it beside what is installed, as a whole or not at all. Done twice, it is done
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

absl::StatusOr<std::string> Pack(const fs::path& folder, fs::path zip, bool json) {
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
  if (json) return absl::StrCat("{\"package\": \"", absl::CEscape(zip.u8string()), "\"}\n");
  return absl::StrCat(zip.u8string(), "\n");
}

absl::StatusOr<std::string> Send(const fs::path& zip, AdminClient& client, bool json) {
  const absl::StatusOr<std::string> hash = broker::HashFile(zip);
  if (!hash.ok()) return Here(hash.status());
  const absl::StatusOr<v1::StageModuleResponse> staged = client.StageModule(zip, absl::HexStringToBytes(*hash));
  if (!staged.ok()) return staged.status();
  if (json) return FormatJson(*staged, /*compact=*/false);
  return absl::StrCat(staged->name(), " ", staged->version(),
                      staged->already_staged() ? " was staged already" : " is staged",
                      staged->trusted() ? ", signed by a trusted key\n" : ", not signed\n");
}

absl::StatusOr<std::string> Stage(const fs::path& path, AdminClient& client, bool json) {
  std::error_code error;
  if (!fs::is_directory(path, error)) return Send(path, client, json);
  const absl::StatusOr<CompletedManifest> manifest = broker::CompleteManifest(path);
  if (!manifest.ok()) return Here(manifest.status());
  const TemporaryFile zip;
  if (absl::Status status = broker::WriteZip(path, *manifest, zip.path()); !status.ok()) return Here(status);
  return Send(zip.path(), client, json);
}

}  // namespace

void AddModuleCommands(CLI::App* modules, ModuleCommand* chosen) {
  struct Values {
    std::string path;
    std::string out;
    std::string name;
    std::string version;
  };
  const auto values = std::make_shared<Values>();
  CLI::App* pack = modules->add_subcommand("pack", "Makes a package of a module's directory");
  pack->footer(kPackHelp);
  pack->add_option("DIRECTORY", values->path, "With manifest.json at its root")->required();
  pack->add_option("--out", values->out, "The .zip to write; default NAME-VERSION.zip, here");
  pack->callback([chosen, values] {
    *chosen = [values](AdminClient&, bool json) {
      return Pack(fs::u8path(values->path), fs::u8path(values->out), json);
    };
  });
  CLI::App* stage = modules->add_subcommand("stage", "Gives the broker a package");
  stage->footer(kStageHelp);
  stage->add_option("PATH", values->path, "A .zip that pack made, or a module's directory")->required();
  stage->callback([chosen, values] {
    *chosen = [values](AdminClient& client, bool json) { return Stage(fs::u8path(values->path), client, json); };
  });
  CLI::App* remove = modules->add_subcommand("remove", "Removes an installed version that nothing uses");
  remove->add_option("NAME", values->name, "The module")->required();
  remove->add_option("VERSION", values->version, "As in its manifest")->required();
  remove->callback([chosen, values] {
    *chosen = [values](AdminClient& client, bool json) -> absl::StatusOr<std::string> {
      const absl::Status status = client.RemoveModuleVersion(values->name, values->version);
      if (!status.ok()) return status;
      return json ? std::string("{}\n") : absl::StrCat(values->name, " ", values->version, " is removed\n");
    };
  });
}

}  // namespace resource_broker::brokerctl
