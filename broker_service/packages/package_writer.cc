#include "broker_service/packages/package_writer.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/util/json_util.h>
#include <google/protobuf/util/type_resolver_util.h>
#include <zip.h>

#include <memory>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "broker_service/modules/file_hash.h"
#include "broker_service/modules/file_set.h"
#include "broker_service/modules/manifest.h"
#include "broker_service/packages/package_folder.h"
#include "broker_service/packages/zip_source.h"

namespace resource_broker::broker {
namespace {

namespace fs = std::filesystem;
namespace pb = google::protobuf;

constexpr uint32_t kPlainFile = 0100644;
constexpr uint32_t kExecutableFile = 0100755;
constexpr int kModeShift = 16;
// The first day of MS-DOS, so that when a file was made makes no difference.
constexpr uint16_t kDosDate = (1 << 5) | 1;

// With files in order: what MessageToJsonString makes of a map is in whatever order.
absl::StatusOr<std::string> ManifestText(const v1::ModuleManifest& manifest) {
  std::string bytes;
  {
    pb::io::StringOutputStream stream(&bytes);
    pb::io::CodedOutputStream coded(&stream);
    coded.SetSerializationDeterministic(true);
    manifest.SerializeToCodedStream(&coded);
  }
  const std::unique_ptr<pb::util::TypeResolver> types(
      pb::util::NewTypeResolverForDescriptorPool("type.googleapis.com", pb::DescriptorPool::generated_pool()));
  pb::util::JsonPrintOptions options;
  options.add_whitespace = true;
  options.preserve_proto_field_names = true;
  std::string text;
  const auto status = pb::util::BinaryToJsonString(
      types.get(), absl::StrCat("type.googleapis.com/", manifest.GetDescriptor()->full_name()), bytes, &text, options);
  if (!status.ok()) return absl::InternalError(absl::StrCat(kManifestFile, ": can't be written: ", status.ToString()));
  return text;
}

bool SameFiles(const v1::ModuleManifest& a, const v1::ModuleManifest& b) {
  if (a.files_size() != b.files_size()) return false;
  for (const auto& [path, hash] : a.files()) {
    const auto other = b.files().find(path);
    if (other == b.files().end() || other->second != hash) return false;
  }
  return true;
}

bool IsExecutable(const fs::path& file) {
  std::error_code error;
  return (fs::status(file, error).permissions() & fs::perms::owner_exec) != fs::perms::none;
}

// Takes `source` over.
absl::Status AddFile(zip_t* zip, const std::string& path, zip_source_t* source, bool executable) {
  const zip_int64_t index = zip_file_add(zip, path.c_str(), source, ZIP_FL_ENC_UTF_8);
  if (index < 0) {
    zip_source_free(source);
    return absl::InvalidArgumentError(absl::StrCat(path, ": can't be packed: ", zip_strerror(zip)));
  }
  const auto place = static_cast<zip_uint64_t>(index);
  zip_file_set_dostime(zip, place, 0, kDosDate, 0);
  zip_file_set_external_attributes(zip, place, 0, ZIP_OPSYS_UNIX,
                                   (executable ? kExecutableFile : kPlainFile) << kModeShift);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<CompletedManifest> CompleteManifest(const fs::path& folder) {
  const absl::StatusOr<FileSet> files = ListFolder(folder);
  if (!files.ok()) return files.status();
  const absl::StatusOr<std::string> text = ReadSmallFile(folder / kManifestFile, kMaxManifestBytes);
  if (!text.ok()) return text.status();
  // Not ParseManifest: the files it lists are replaced, and need not be in order.
  v1::ModuleManifest now;
  if (const auto parsed = pb::util::JsonStringToMessage(*text, &now); !parsed.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat(kManifestFile, ": ", absl::string_view(parsed.message().data(), parsed.message().size())));
  }
  v1::ModuleManifest wanted = now;
  wanted.clear_files();
  for (const std::string& path : files->paths()) {
    if (path == kManifestFile || path == kSignatureFile) continue;
    absl::StatusOr<std::string> hash = HashFile(folder / fs::u8path(path));
    if (!hash.ok()) return hash.status();
    (*wanted.mutable_files())[path] = *std::move(hash);
  }
  CompletedManifest completed;
  completed.text = *text;
  completed.changed = !SameFiles(now, wanted);
  if (completed.changed && files->Contains(kSignatureFile)) {
    return absl::FailedPreconditionError(
        "manifest.sig: signs a manifest.json that lists other files than these; remove it, pack, and sign again");
  }
  if (completed.changed) {
    absl::StatusOr<std::string> written = ManifestText(wanted);
    if (!written.ok()) return written.status();
    completed.text = *std::move(written);
  }
  // As the broker will read it.
  const absl::StatusOr<v1::ModuleManifest> checked = ParseManifest(completed.text);
  if (!checked.ok()) return absl::InvalidArgumentError(absl::StrCat(kManifestFile, ": ", checked.status().message()));
  if (checked->files().empty()) return absl::InvalidArgumentError("the folder holds nothing but manifest.json");
  completed.name = checked->name();
  completed.version = checked->version();
  return completed;
}

absl::Status WriteZip(const fs::path& folder, const CompletedManifest& manifest, const fs::path& zip_file) {
  const absl::StatusOr<FileSet> files = ListFolder(folder);
  if (!files.ok()) return files.status();
  const absl::StatusOr<v1::ModuleManifest> parsed = ParseManifest(manifest.text);
  if (!parsed.ok()) return parsed.status();
  ZipError error;
  zip_source_t* target = OpenZipSource(zip_file, error.get());
  if (target == nullptr) return absl::UnavailableError(absl::StrCat(zip_file.u8string(), ": ", error.text()));
  ZipHandle zip(zip_open_from_source(target, ZIP_CREATE | ZIP_TRUNCATE, error.get()));
  if (zip == nullptr) {
    zip_source_free(target);
    return absl::UnavailableError(absl::StrCat(zip_file.u8string(), ": ", error.text()));
  }
  for (const std::string& path : files->paths()) {
    const fs::path file = folder / fs::u8path(path);
    zip_source_t* source = path == kManifestFile
                               ? zip_source_buffer(zip.get(), manifest.text.data(), manifest.text.size(), 0)
                               : OpenZipSource(file, error.get());
    if (source == nullptr) return absl::UnavailableError(absl::StrCat(path, ": can't be read: ", error.text()));
    absl::Status status = AddFile(zip.get(), path, source, path == parsed->command() || IsExecutable(file));
    if (!status.ok()) return status;
  }
  // All is read and written here.
  if (zip_close(zip.get()) != 0) {
    return absl::UnavailableError(absl::StrCat(zip_file.u8string(), ": ", zip_strerror(zip.get())));
  }
  zip.release();
  return absl::OkStatus();
}

}  // namespace resource_broker::broker
