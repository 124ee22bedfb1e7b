#include "broker_service/packages/trusted_keys.h"

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "broker_service/packages/testing/package_fixture.h"

namespace resource_broker::broker::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr char kManifest[] = "{\"name\": \"m\"}";
// Of P-256.
constexpr char kOtherKind[] =
    "-----BEGIN PUBLIC KEY-----\n"
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEwHANFp29eTJpqlSisVwrDkaCVMdH\n"
    "KfbbeyCF+1Utrr7ltc4zgsm0nqKf4FFlF0g2N3M0snghwAJ034K3qDLlRQ==\n"
    "-----END PUBLIC KEY-----\n";

TrustedKeys Trusting(const std::vector<std::string>& keys, bool required = false) {
  v1::BrokerConfig::Packages settings;
  for (const std::string& key : keys) settings.add_trusted_keys(key);
  settings.set_require_signature(required);
  absl::StatusOr<TrustedKeys> trusted = TrustedKeys::Parse(settings);
  EXPECT_TRUE(trusted.ok()) << trusted.status();
  return trusted.ok() ? *trusted : TrustedKeys();
}

std::string Fault(const std::vector<std::string>& keys, bool required = false) {
  v1::BrokerConfig::Packages settings;
  for (const std::string& key : keys) settings.add_trusted_keys(key);
  settings.set_require_signature(required);
  const absl::Status status = TrustedKeys::Parse(settings).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  return std::string(status.message());
}

TEST(TrustedKeysTest, EveryWayToWriteAKey_IsRead) {
  const SigningKey key;
  for (const std::string& text : {key.Public(), key.PublicDer(), key.PublicPem(), key.Public() + "\n"}) {
    EXPECT_EQ(*Trusting({text}).Check(kManifest, key.Sign(kManifest)), true) << text;
  }
}

TEST(TrustedKeysTest, KeyNotInOrder_IsNamedByItsIndex) {
  const std::string good = SigningKey().Public();
  for (const std::string& bad : {std::string(), std::string("!"), std::string("AAAA"), std::string(kOtherKind),
                                 std::string("-----BEGIN PUBLIC KEY-----\n")}) {
    EXPECT_THAT(Fault({good, bad}), StartsWith("packages.trustedKeys[1]: ")) << bad;
  }
  EXPECT_THAT(Fault({}, true), StartsWith("packages.requireSignature: "));
  EXPECT_THAT(Fault(std::vector<std::string>(65, good)), StartsWith("packages.trustedKeys: more than 64"));
}

TEST(TrustedKeysTest, SignatureOfOneOfSeveralKeys_IsGood) {
  const SigningKey key;
  const TrustedKeys keys = Trusting({SigningKey().Public(), key.Public()}, true);
  EXPECT_TRUE(*keys.Check(kManifest, key.Sign(kManifest)));
  EXPECT_TRUE(*keys.Check(kManifest, absl::Base64Escape(key.Sign(kManifest)) + "\n"));
}

TEST(TrustedKeysTest, NoSignature_IsRefusedOnlyWhereItIsRequired) {
  const SigningKey key;
  EXPECT_FALSE(*TrustedKeys().Check(kManifest, std::nullopt));
  EXPECT_FALSE(*Trusting({key.Public()}).Check(kManifest, std::nullopt));
  const auto refused = Trusting({key.Public()}, true).Check(kManifest, std::nullopt);
  EXPECT_TRUE(absl::IsPermissionDenied(refused.status()));
}

TEST(TrustedKeysTest, WrongSignature_IsNeverNothing) {
  const SigningKey key;
  const std::string good = key.Sign(kManifest);
  std::string flipped = good;
  flipped[10] ^= 1;
  for (const bool required : {false, true}) {
    const TrustedKeys keys = Trusting({key.Public()}, required);
    for (const std::string& wrong : {std::string(), std::string(64, '\0'), flipped, good.substr(1), good + "x",
                                     SigningKey().Sign(kManifest), key.Sign("{}")}) {
      EXPECT_TRUE(absl::IsPermissionDenied(keys.Check(kManifest, wrong).status())) << absl::BytesToHexString(wrong);
    }
    EXPECT_TRUE(absl::IsPermissionDenied(keys.Check("{}", good).status()));
  }
  EXPECT_THAT(std::string(TrustedKeys().Check(kManifest, good).status().message()), HasSubstr("trustedKeys"));
}

}  // namespace
}  // namespace resource_broker::broker::testing
