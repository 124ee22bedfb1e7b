// What version 1 of the bridge's and the modules' contracts has, it keeps for ever: bridges stay loaded in RHS for
// years, and modules in other languages are built by others. frozen_v1.txt is what was released; its head says how it
// is made.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>

#include "proto/contract_listing.h"
#include "resource_broker/v1/bridge.pb.h"
#include "resource_broker/v1/module.pb.h"
#include "resource_broker/v1/types.pb.h"

namespace resource_broker {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr char kHowToFreeze[] =
    "\nThe thing must come back as it was. What is to replace it gets a new name and a new number beside it.\n"
    "(At a release, new things are frozen by appending what proto_test --print-new prints to proto/frozen_v1.txt.)";

ContractListing Compiled() {
  ContractListing listing;
  for (const auto* file : {v1::ProtocolOffer::descriptor()->file(), v1::OpenSessionRequest::descriptor()->file(),
                           v1::HelloRequest::descriptor()->file()}) {
    List(*file, &listing);
  }
  return listing;
}

ContractListing Frozen() {
  std::ifstream stream(RESOURCE_BROKER_FROZEN_CONTRACTS, std::ios::binary);
  return ParseListing(std::string{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()});
}

TEST(CompatibilityTest, EverythingOfVersion1_IsStillThereUnchanged) {
  const ContractListing frozen = Frozen();
  ASSERT_GT(frozen.size(), 200U) << RESOURCE_BROKER_FROZEN_CONTRACTS << " is not what it should be";
  EXPECT_THAT(Breaks(frozen, Compiled()), IsEmpty()) << kHowToFreeze;
}

TEST(CompatibilityTest, PrintedAndParsed_IsTheSame) { EXPECT_EQ(ParseListing(Print(Compiled())), Compiled()); }

TEST(CompatibilityTest, SomethingAdded_Passes) {
  ContractListing older = Compiled();
  ASSERT_EQ(older.erase("field resource_broker.v1.OperationRequest.module"), 1U);
  ASSERT_EQ(older.erase("method resource_broker.v1.Bridge.CheckHealth"), 1U);
  EXPECT_THAT(Breaks(older, Compiled()), IsEmpty());
}

// Each kind of change, as it would be seen if the frozen list had had something else.
TEST(CompatibilityTest, SomethingGoneOrDifferent_IsNamedWithWhatBreaks) {
  const auto breaks = [](const std::string& thing, const std::string& shape) {
    return Breaks({{thing, shape}}, Compiled());
  };
  EXPECT_THAT(breaks("field resource_broker.v1.OperationRequest.gone", "11 singular string"),
              ElementsAre(HasSubstr("OperationRequest.gone is gone")));
  for (const char* shape : {"5 singular fixed32", "4 singular uint32", "4 repeated fixed32",
                            "4 singular fixed32 presence", "4 singular fixed32 oneof:x presence"}) {
    EXPECT_THAT(breaks("field resource_broker.v1.OperationRequest.flags", shape),
                ElementsAre(HasSubstr("is \"4 singular fixed32\": what a version 1 peer sends")))
        << shape;
  }
  EXPECT_THAT(breaks("value resource_broker.v1.OperationKind.OFFLINE", "3"), SizeIs(1));
  EXPECT_THAT(breaks("message resource_broker.v1.Event", ""), IsEmpty());
  EXPECT_THAT(breaks("method resource_broker.v1.Bridge.Watch",
                     "resource_broker.v1.WatchRequest returns resource_broker.v1.SessionEvent"),
              ElementsAre(HasSubstr("UNIMPLEMENTED")));
}

}  // namespace

// What is in the contracts and not frozen.
std::string New() {
  ContractListing listing = Compiled();
  for (const auto& [thing, shape] : Frozen()) listing.erase(thing);
  return Print(listing);
}

}  // namespace resource_broker

int main(int argc, char** argv) {
  if (argc == 2 && std::string(argv[1]) == "--print-new") {
    std::fputs(resource_broker::New().c_str(), stdout);
    return 0;
  }
  testing::InitGoogleMock(&argc, argv);
  return RUN_ALL_TESTS();
}
