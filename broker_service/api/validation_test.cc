#include "broker_service/api/validation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "absl/strings/str_cat.h"
#include "resource_broker/v1/protocol_versions.h"

namespace resource_broker::broker {
namespace {

using ::testing::StartsWith;

v1::StartOperationRequest GoodOperation() {
  v1::StartOperationRequest request;
  request.set_session_id(std::string(16, 's'));
  v1::OperationRequest* operation = request.mutable_operation();
  operation->set_id(std::string(16, 'o'));
  operation->set_kind(v1::OFFLINE);
  operation->set_resource("r");
  operation->set_module("m");
  return request;
}

std::string Fault(const std::function<void(v1::StartOperationRequest*)>& spoil) {
  v1::StartOperationRequest request = GoodOperation();
  spoil(&request);
  const absl::Status status = Check(request, 100);
  EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
  return std::string(status.message());
}

TEST(ValidationTest, GoodOperations_Pass) {
  v1::StartOperationRequest request = GoodOperation();
  EXPECT_TRUE(Check(request, 100).ok());
  v1::OperationRequest* operation = request.mutable_operation();
  operation->set_destination_node("");
  operation->set_in_buffer(std::string(100, '\0'));
  operation->set_reserved(0xFFFFFFFF);
  operation->set_flags(0xFFFFFFFF);
  operation->set_resource(std::string(1024, 'r'));
  for (int i = 0; i < 512; ++i) (*operation->mutable_properties())[absl::StrCat("p", i)].set_number(0);
  EXPECT_TRUE(Check(request, 100).ok()) << Check(request, 100);
}

TEST(ValidationTest, EachFaultOfAnOperation_IsNamedByItsField) {
  EXPECT_THAT(Fault([](auto* r) { r->set_session_id("short"); }), StartsWith("session_id:"));
  EXPECT_THAT(Fault([](auto* r) { r->clear_operation(); }), StartsWith("operation:"));
  EXPECT_THAT(Fault([](auto* r) { r->mutable_operation()->set_id(std::string(17, 'x')); }),
              StartsWith("operation.id:"));
  EXPECT_THAT(Fault([](auto* r) { r->mutable_operation()->clear_kind(); }), StartsWith("operation.kind:"));
  EXPECT_THAT(Fault([](auto* r) { r->mutable_operation()->set_kind(static_cast<v1::OperationKind>(3)); }),
              StartsWith("operation.kind:"));
  EXPECT_THAT(Fault([](auto* r) { r->mutable_operation()->clear_resource(); }), StartsWith("operation.resource:"));
  EXPECT_THAT(Fault([](auto* r) { r->mutable_operation()->set_resource(std::string(1025, 'r')); }),
              StartsWith("operation.resource:"));
  EXPECT_THAT(Fault([](auto* r) { r->mutable_operation()->set_resource(std::string("a\0b", 3)); }),
              StartsWith("operation.resource:"));
  EXPECT_THAT(Fault([](auto* r) {
                r->mutable_operation()->set_kind(v1::ONLINE);
                r->mutable_operation()->set_destination_node("");
              }),
              StartsWith("operation.destination_node:"));
  EXPECT_THAT(Fault([](auto* r) { r->mutable_operation()->set_destination_node(std::string(1025, 'n')); }),
              StartsWith("operation.destination_node:"));
  EXPECT_THAT(Fault([](auto* r) { r->mutable_operation()->set_in_buffer(std::string(101, 'x')); }),
              StartsWith("operation.in_buffer:"));
  EXPECT_THAT(Fault([](auto* r) { r->mutable_operation()->set_module("../m"); }), StartsWith("operation.module:"));
  EXPECT_THAT(Fault([](auto* r) { (void)(*r->mutable_operation()->mutable_properties())["p"]; }),
              StartsWith("operation.properties[p]:"));
  EXPECT_THAT(Fault([](auto* r) {
                for (int i = 0; i < 513; ++i) {
                  (*r->mutable_operation()->mutable_properties())[absl::StrCat("p", i)].set_number(0);
                }
              }),
              StartsWith("operation.properties:"));
  EXPECT_THAT(Fault([](auto* r) {
                (*r->mutable_operation()->mutable_properties())["p"].set_binary(std::string(2 << 20, 'x'));
              }),
              StartsWith("operation.properties:"));
  EXPECT_THAT(Fault([](auto* r) { r->set_last_sequence(~uint64_t{0}); }), StartsWith("last_sequence:"));
}

TEST(ValidationTest, FaultsOfASession_AreNamed) {
  v1::OpenSessionRequest request;
  EXPECT_THAT(std::string(Check(request).message()), StartsWith("offer:"));
  request.mutable_offer();
  EXPECT_THAT(std::string(Check(request).message()), StartsWith("process_id:"));
  request.set_process_id(1);
  EXPECT_THAT(std::string(Check(request).message()), StartsWith("offer.min_version:"));
  request.mutable_offer()->set_min_version(2);
  request.mutable_offer()->set_max_version(1);
  EXPECT_THAT(std::string(Check(request).message()), StartsWith("offer.max_version:"));
  request.mutable_offer()->set_max_version(3);
  EXPECT_THAT(std::string(Check(request).message()), StartsWith("session_id:"));
  request.set_session_id(std::string(16, 's'));
  EXPECT_TRUE(Check(request).ok());
  request.mutable_offer()->add_features("");
  EXPECT_THAT(std::string(Check(request).message()), StartsWith("offer.features:"));
  request.mutable_offer()->clear_features();
  request.set_node(std::string(257, 'n'));
  EXPECT_THAT(std::string(Check(request).message()), StartsWith("node:"));
}

v1::ProtocolOffer Offer(uint32_t min, uint32_t max) {
  v1::ProtocolOffer offer;
  offer.set_min_version(min);
  offer.set_max_version(max);
  return offer;
}

TEST(ValidationTest, Negotiation_TakesTheHighestBothSpeak) {
  EXPECT_EQ(Negotiate(Offer(1, 1))->version(), 1U);
  EXPECT_EQ(Negotiate(Offer(1, 5))->version(), kMaxProtocolVersion);
}

TEST(ValidationTest, NoCommonVersion_FailedPreconditionThatNamesBothRanges) {
  const absl::Status status = Negotiate(Offer(kMaxProtocolVersion + 1, kMaxProtocolVersion + 2)).status();
  EXPECT_TRUE(absl::IsFailedPrecondition(status));
  EXPECT_EQ(status.message(), "no common protocol version: the broker speaks 1 to 1, the caller 2 to 3");
}

TEST(ValidationTest, FeaturesNobodyKnowsHere_AreNotChosen) {
  v1::ProtocolOffer offer = Offer(1, 1);
  offer.add_features("teleport");
  EXPECT_TRUE(CheckOffer(offer).ok());
  EXPECT_EQ(Negotiate(offer)->features_size(), 0);
}

}  // namespace
}  // namespace resource_broker::broker
