#include "broker_service/packages/testing/package_fixture.h"

#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <zip.h>

#include <fstream>
#include <iterator>
#include <memory>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "broker_service/modules/file_set.h"
#include "broker_service/packages/zip_source.h"
#include "broker_service/sha256.h"

namespace resource_broker::broker::testing {
namespace {

namespace fs = std::filesystem;

std::string ReadWhole(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>());
}

}  // namespace

std::string ZipOf(const std::vector<ZipEntry>& entries) {
  const TemporaryFolder folder;
  const fs::path file = folder.path() / "made.zip";
  ZipError error;
  ZipHandle zip(zip_open_from_source(OpenZipSource(file, error.get()), ZIP_CREATE, error.get()));
  EXPECT_NE(zip, nullptr) << error.text();
  for (const ZipEntry& entry : entries) {
    zip_source_t* source = zip_source_buffer(zip.get(), entry.contents.data(), entry.contents.size(), 0);
    const zip_int64_t index = entry.name.back() == '/' ? zip_dir_add(zip.get(), entry.name.c_str(), 0)
                                                       : zip_file_add(zip.get(), entry.name.c_str(), source, 0);
    EXPECT_GE(index, 0) << entry.name << zip_strerror(zip.get());
    if (entry.name.back() == '/') zip_source_free(source);
    zip_file_set_external_attributes(zip.get(), static_cast<uint64_t>(index), 0, ZIP_OPSYS_UNIX, entry.attributes);
  }
  EXPECT_EQ(zip_close(zip.get()), 0) << zip_strerror(zip.get());
  zip.release();
  return ReadWhole(file);
}

std::string ZipOf(const Contents& contents) {
  std::vector<ZipEntry> entries;
  for (const auto& [path, text] : contents) entries.push_back({path, text});
  return ZipOf(entries);
}

std::string Patched(std::string bytes, const std::string& from, const std::string& to) {
  EXPECT_EQ(from.size(), to.size());
  EXPECT_NE(bytes.find(from), std::string::npos) << from;
  for (size_t found = bytes.find(from); found != std::string::npos; found = bytes.find(from, found + to.size())) {
    bytes.replace(found, from.size(), to);
  }
  return bytes;
}

std::string WithHeaders(std::string bytes, const std::string& name, size_t directory_place, size_t local_place,
                        const std::string& value) {
  struct Header {
    std::string mark;
    size_t name;
    size_t place;
  };
  for (const Header& header : {Header{"PK\1\2", 46, directory_place}, Header{"PK\3\4", 30, local_place}}) {
    for (size_t found = bytes.find(header.mark); found != std::string::npos;
         found = bytes.find(header.mark, found + 1)) {
      if (bytes.compare(found + header.name, name.size(), name) != 0) continue;
      bytes.replace(found + header.place, value.size(), value);
    }
  }
  return bytes;
}

std::string HashOf(const std::string& bytes) {
  Sha256 hash;
  hash.Add(bytes);
  return absl::BytesToHexString(hash.Finish());
}

std::string ManifestOf(const Contents& contents, const std::string& more, const std::string& version) {
  std::vector<std::string> files;
  for (const auto& [path, text] : contents) {
    if (path == kManifestFile || path == kSignatureFile) continue;
    files.push_back(absl::StrCat("\"", path, "\": \"", HashOf(text), "\""));
  }
  return absl::StrCat(R"({"name": "m", "version": ")", version,
                      R"(", "min_protocol": 1, "max_protocol": 1, "command": "run", "files": {)",
                      absl::StrJoin(files, ", "), "}", more, "}");
}

Contents GoodContents(const std::string& more, const std::string& version) {
  Contents contents = {{"run", "a program"}, {"data/table", "rows"}};
  contents[kManifestFile] = ManifestOf(contents, more, version);
  return contents;
}

SigningKey::SigningKey() {
  EVP_PKEY* made = nullptr;
  EVP_PKEY_CTX* context = EVP_PKEY_CTX_new_id(EVP_PKEY_ED25519, nullptr);
  EVP_PKEY_keygen_init(context);
  EVP_PKEY_keygen(context, &made);
  EVP_PKEY_CTX_free(context);
  key_ = {made, &EVP_PKEY_free};
}

std::string SigningKey::Public() const {
  unsigned char bytes[32];
  size_t size = sizeof(bytes);
  EVP_PKEY_get_raw_public_key(key_.get(), bytes, &size);
  return absl::Base64Escape(absl::string_view(reinterpret_cast<const char*>(bytes), size));
}

std::string SigningKey::PublicDer() const {
  unsigned char* bytes = nullptr;
  const int size = i2d_PUBKEY(key_.get(), &bytes);
  const std::string der(reinterpret_cast<const char*>(bytes), static_cast<size_t>(size));
  OPENSSL_free(bytes);
  return absl::Base64Escape(der);
}

std::string SigningKey::PublicPem() const {
  BIO* bio = BIO_new(BIO_s_mem());
  PEM_write_bio_PUBKEY(bio, key_.get());
  char* text = nullptr;
  const long size = BIO_get_mem_data(bio, &text);
  std::string pem(text, static_cast<size_t>(size));
  BIO_free(bio);
  return pem;
}

std::string SigningKey::Sign(const std::string& text) const {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  EVP_DigestSignInit(context, nullptr, nullptr, nullptr, key_.get());
  std::string signature(64, '\0');
  size_t size = signature.size();
  EXPECT_EQ(EVP_DigestSign(context, reinterpret_cast<unsigned char*>(signature.data()), &size,
                           reinterpret_cast<const unsigned char*>(text.data()), text.size()),
            1);
  EVP_MD_CTX_free(context);
  return signature;
}

void WriteFolder(const fs::path& folder, const Contents& contents) {
  for (const auto& [path, text] : contents) WriteFile(folder / fs::u8path(path), text);
}

Contents ReadFolder(const fs::path& folder) {
  Contents contents;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder)) {
    const std::string path = fs::relative(entry.path(), folder).generic_u8string();
    if (entry.is_regular_file()) {
      contents[path] = ReadWhole(entry.path());
    } else if (fs::is_empty(entry.path())) {
      contents[path + "/"] = "";
    }
  }
  return contents;
}

PackageTest::PackageTest() {
  options_.modules_directory = folder_.path() / "modules";
  options_.user_of = [](const std::string&, const std::string&) { return std::string(); };
  fs::create_directory(options_.modules_directory);
}

fs::path PackageTest::Write(const std::string& bytes) {
  const fs::path file = folder_.path() / "package.zip";
  WriteFile(file, bytes);
  return file;
}

absl::StatusOr<StagedModule> PackageTest::Stage(const std::string& bytes) {
  return Staging(options_).Stage(Write(bytes));
}

std::string PackageTest::Refusal(const std::string& bytes, absl::StatusCode code) {
  const Contents before = Installed();
  const absl::StatusOr<StagedModule> staged = Stage(bytes);
  EXPECT_EQ(staged.status().code(), code) << staged.status();
  Contents after = Installed();
  after.erase(".staging/");
  Contents expected = before;
  expected.erase(".staging/");
  EXPECT_EQ(after, expected);
  return std::string(staged.status().message());
}

}  // namespace resource_broker::broker::testing
