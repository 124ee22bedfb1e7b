// Packages, good ones and hostile ones, for tests.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "broker_service/modules/testing/installed_modules.h"
#include "broker_service/packages/staging.h"
#include "openssl/evp.h"

namespace resource_broker::broker::testing {

// What a zip or a folder holds, by path.
using Contents = std::map<std::string, std::string>;

struct ZipEntry {
  std::string name;
  std::string contents;
  // External attributes; the upper half is a Unix mode.
  uint32_t attributes = 0100644U << 16;
};

// The bytes of a .zip. libzip makes it, so no name may be there twice; see Patched.
std::string ZipOf(const std::vector<ZipEntry>& entries);
std::string ZipOf(const Contents& contents);

// `bytes` with every `from` replaced, which must be there and as long as `to`.
std::string Patched(std::string bytes, const std::string& from, const std::string& to);
// With a number in the headers of entry `name` replaced: its place in the directory's and in the local one.
std::string WithHeaders(std::string bytes, const std::string& name, size_t directory_place, size_t local_place,
                        const std::string& value);

std::string HashOf(const std::string& bytes);

// A manifest.json of module "m" that lists `contents`, of which "run" is the command. `more` goes into it as it is.
std::string ManifestOf(const Contents& contents, const std::string& more = "", const std::string& version = "1.0.0");

// What a good package holds: manifest.json, run, and data/table.
Contents GoodContents(const std::string& more = "", const std::string& version = "1.0.0");

// An Ed25519 key of its own.
class SigningKey {
 public:
  SigningKey();
  // In base64, of the 32 bytes.
  std::string Public() const;
  std::string PublicDer() const;
  std::string PublicPem() const;
  // 64 bytes.
  std::string Sign(const std::string& text) const;

 private:
  std::shared_ptr<EVP_PKEY> key_;
};

void WriteFolder(const std::filesystem::path& folder, const Contents& contents);
Contents ReadFolder(const std::filesystem::path& folder);

class PackageTest : public ::testing::Test {
 protected:
  PackageTest();

  // Writes a .zip beside the modules.
  std::filesystem::path Write(const std::string& bytes);
  absl::StatusOr<StagedModule> Stage(const std::string& bytes);
  // The message of a refusal with this code, after which nothing is left.
  std::string Refusal(const std::string& bytes, absl::StatusCode code = absl::StatusCode::kInvalidArgument);
  // What lies in the modules folder, .staging included: folders by their paths with "/", when they are empty.
  Contents Installed() const { return ReadFolder(options_.modules_directory); }

  TemporaryFolder folder_;
  // For the next Stage.
  StagingOptions options_;
};

}  // namespace resource_broker::broker::testing
