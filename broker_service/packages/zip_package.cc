#include "broker_service/packages/zip_package.h"

#include <algorithm>
#include <fstream>
#include <ios>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "broker_service/modules/inner_path.h"

namespace resource_broker::broker {
namespace {

constexpr size_t kPieceBytes = 64 << 10;

// External attributes: the upper half is what Unix calls the mode, the lower half what Windows calls attributes,
// whatever system the entry says it comes from.
constexpr uint32_t kModeShift = 16;
constexpr uint32_t kModeType = 0170000;
constexpr uint32_t kModeFile = 0100000;
constexpr uint32_t kModeFolder = 0040000;
constexpr uint32_t kModeOwnerRuns = 0100;
constexpr uint32_t kAttributeVolume = 0x8;
constexpr uint32_t kAttributeDevice = 0x40;
constexpr uint32_t kAttributeReparsePoint = 0x400;

template <typename... Parts>
absl::Status Refuse(const std::string& path, const Parts&... why) {
  return absl::InvalidArgumentError(absl::StrCat(PathAsText(path), ": ", why...));
}

// libzip makes something of every entry before it says how many there are, and a small file can claim millions. So the
// records it may find the directory by are looked at first: wherever they are marked in the last bytes of the file, as
// which of several it takes is its own affair.
absl::Status CheckEntryCount(const std::filesystem::path& file) {
  constexpr std::streamoff kTailBytes = (64 << 10) + 64;
  constexpr std::string_view kEnd("PK\5\6", 4);
  constexpr std::string_view kEnd64("PK\6\7", 4);
  constexpr size_t kCountPlace = 10;
  std::ifstream stream(file, std::ios::binary | std::ios::ate);
  const std::streamoff size = stream.tellg();
  std::string tail(static_cast<size_t>(std::clamp<std::streamoff>(size, 0, kTailBytes)), '\0');
  stream.seekg(size - static_cast<std::streamoff>(tail.size()));
  stream.read(tail.data(), static_cast<std::streamsize>(tail.size()));
  if (!stream) return absl::UnavailableError("the package can't be read");
  if (tail.find(kEnd64) != std::string::npos) {
    return absl::InvalidArgumentError("the package is in zip64 form, which none needs that is small enough");
  }
  for (size_t found = tail.find(kEnd); found != std::string::npos; found = tail.find(kEnd, found + 1)) {
    if (found + kCountPlace + 2 > tail.size()) continue;
    const auto low = static_cast<unsigned char>(tail[found + kCountPlace]);
    const auto high = static_cast<unsigned char>(tail[found + kCountPlace + 1]);
    const size_t count = low + (static_cast<size_t>(high) << 8);
    if (count <= FileSet::kMaxFiles) continue;
    return absl::InvalidArgumentError(
        absl::StrCat("the package has ", count, " entries, more than ", FileSet::kMaxFiles));
  }
  return absl::OkStatus();
}

struct CloseFile {
  void operator()(zip_file_t* file) const { zip_fclose(file); }
};

}  // namespace

absl::StatusOr<ZipPackage> ZipPackage::Open(const std::filesystem::path& file, uint64_t max_bytes) {
  if (absl::Status status = CheckEntryCount(file); !status.ok()) return status;
  ZipError error;
  zip_source_t* source = OpenZipSource(file, error.get());
  if (source == nullptr) return absl::UnavailableError(absl::StrCat("the package can't be read: ", error.text()));
  ZipHandle zip(zip_open_from_source(source, ZIP_RDONLY, error.get()));
  if (zip == nullptr) {
    zip_source_free(source);
    return absl::InvalidArgumentError(absl::StrCat("the package is not a zip file in order: ", error.text()));
  }
  const zip_int64_t count = zip_get_num_entries(zip.get(), 0);
  if (count < 0 || static_cast<uint64_t>(count) > FileSet::kMaxFiles) {
    return absl::InvalidArgumentError("the package has another number of entries than it says");
  }
  ZipPackage package(std::move(zip), max_bytes);
  for (zip_int64_t index = 0; index < count; ++index) {
    if (absl::Status status = package.AddEntry(static_cast<uint64_t>(index)); !status.ok()) return status;
  }
  return package;
}

absl::Status ZipPackage::AddEntry(uint64_t index) {
  // As they are: which code page they are meant in is nothing to guess. libzip puts a space where a name has NUL.
  const char* name = zip_get_name(zip_.get(), index, ZIP_FL_ENC_RAW);
  zip_stat_t stat;
  if (name == nullptr || zip_stat_index(zip_.get(), index, 0, &stat) != 0) {
    return absl::InvalidArgumentError(absl::StrCat("entry ", index, " can't be read: ", zip_strerror(zip_.get())));
  }
  std::string path = name;
  uint8_t system = 0;
  uint32_t attributes = 0;
  zip_file_get_external_attributes(zip_.get(), index, 0, &system, &attributes);
  const uint32_t mode = attributes >> kModeShift;
  const bool folder = absl::EndsWith(path, "/");
  if (folder) {
    if (const absl::Status status = CheckFilePath(path.substr(0, path.size() - 1)); !status.ok()) {
      return Refuse(path, status.message());
    }
  }
  const uint32_t type = mode & kModeType;
  if ((type != 0 && type != (folder ? kModeFolder : kModeFile)) ||
      (attributes & (kAttributeVolume | kAttributeDevice | kAttributeReparsePoint)) != 0) {
    return Refuse(path, "is a link, or no plain file");
  }
  if (stat.encryption_method != ZIP_EM_NONE) return Refuse(path, "is encrypted");
  if (folder) return stat.size == 0 ? absl::OkStatus() : Refuse(path, "is a folder, but has contents");
  if (stat.comp_method != ZIP_CM_STORE && stat.comp_method != ZIP_CM_DEFLATE) {
    return Refuse(path, "is packed by method ", stat.comp_method, "; known are 0 (stored) and 8 (deflated)");
  }
  if (absl::Status status = files_.Add(path); !status.ok()) return status;
  entries_[path] = {index, (mode & kModeOwnerRuns) != 0};
  return absl::OkStatus();
}

absl::Status ZipPackage::Read(const std::string& path, const std::function<absl::Status(std::string_view)>& sink) {
  const std::unique_ptr<zip_file_t, CloseFile> file(zip_fopen_index(zip_.get(), entries_.at(path).index, 0));
  if (file == nullptr) return Refuse(path, "can't be unpacked: ", zip_strerror(zip_.get()));
  std::vector<char> piece(kPieceBytes);
  while (true) {
    const zip_int64_t size = zip_fread(file.get(), piece.data(), piece.size());
    if (size < 0) return Refuse(path, "can't be unpacked: ", zip_error_strerror(zip_file_get_error(file.get())));
    if (size == 0) return absl::OkStatus();
    read_bytes_ += static_cast<uint64_t>(size);
    if (read_bytes_ > max_bytes_) {
      return absl::ResourceExhaustedError(
          absl::StrCat(path, ": the package holds more than limits.maxPackageBytes, ", max_bytes_, " bytes"));
    }
    if (absl::Status status = sink({piece.data(), static_cast<size_t>(size)}); !status.ok()) return status;
  }
}

absl::StatusOr<std::string> ZipPackage::ReadSmall(const std::string& path, size_t max_bytes) {
  std::string all;
  const absl::Status status = Read(path, [&](std::string_view piece) {
    if (all.size() + piece.size() > max_bytes) return Refuse(path, "is larger than ", max_bytes, " bytes");
    all.append(piece);
    return absl::OkStatus();
  });
  if (!status.ok()) return status;
  return all;
}

}  // namespace resource_broker::broker
