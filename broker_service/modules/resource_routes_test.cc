#include "broker_service/modules/resource_routes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>

#include "absl/strings/str_cat.h"

namespace resource_broker::broker {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// Moves are begun, and end when the test says so.
class FakeMover : public ResourceRoutes::Mover {
 public:
  struct Begun {
    std::string resource;
    std::vector<std::string> from;
    std::string to;
    std::function<void()> done;
  };

  void Move(const ResourceSpec& spec, const std::vector<std::string>& from, const std::string& to,
            std::function<void()> done) override {
    moves.push_back({spec.resource, from, to, std::move(done)});
  }
  void OnServed(const std::string& resource, const std::string& from, const std::string& to) override {
    served.push_back(absl::StrCat(resource, ":", from, ">", to));
  }
  void OnClosed(const std::string& resource, const std::vector<std::string>& versions) override { closed = versions; }
  void OnLeft() override { ++left; }

  std::vector<Begun> moves;
  std::vector<std::string> served;
  std::vector<std::string> closed;
  int left = 0;
};

class ResourceRoutesTest : public ::testing::Test {
 protected:
  using Kind = ResourceRoutes::Kind;
  using Hold = ResourceRoutes::Hold;

  ResourceRoutesTest() {
    SetTarget("1");
    ResourceSpec spec;
    spec.resource = "r";
    routes_->Open(spec);
  }

  void SetTarget(const std::string& version) {
    routes_->SetTarget([version](const std::string&) { return version; });
  }
  // Where it went is added to `went_` when it goes; what it holds to `holds_`.
  void Route(Kind kind) {
    routes_->Route("r", kind, nullptr, [this](const std::string& version, Hold hold) {
      went_.push_back(version);
      holds_.push_back(std::move(hold));
    });
  }

  std::shared_ptr<FakeMover> mover_ = std::make_shared<FakeMover>();
  std::shared_ptr<ResourceRoutes> routes_ = std::make_shared<ResourceRoutes>(mover_);
  std::vector<std::string> went_;
  std::vector<Hold> holds_;
};

TEST_F(ResourceRoutesTest, NothingIsInHand_MovesAtOnceAndWhatComesWaits) {
  SetTarget("2");
  ASSERT_THAT(mover_->moves, SizeIs(1));
  EXPECT_THAT(mover_->moves[0].from, ElementsAre("1"));
  Route(Kind::kCall);
  Route(Kind::kOperation);
  EXPECT_THAT(went_, IsEmpty());
  EXPECT_EQ(routes_->ServedBy("r"), "1");
  mover_->moves[0].done();
  EXPECT_THAT(went_, ElementsAre("2", "2"));
  EXPECT_THAT(mover_->served, ElementsAre("r:>1", "r:1>2"));
  EXPECT_EQ(routes_->CountsOf("1").resources, 0U);
  EXPECT_EQ(routes_->CountsOf("2").operations, 1U);
  EXPECT_EQ(mover_->left, 1);
}

TEST_F(ResourceRoutesTest, OperationIsInHand_CallsStayWithItAndItMovesAtItsEnd) {
  Route(Kind::kOperation);
  SetTarget("2");
  Route(Kind::kCall);
  EXPECT_THAT(went_, ElementsAre("1", "1"));
  EXPECT_THAT(mover_->moves, IsEmpty());
  holds_[0].reset();
  EXPECT_THAT(mover_->moves, IsEmpty()) << "the call is under way";
  holds_[1].reset();
  ASSERT_THAT(mover_->moves, SizeIs(1));
  mover_->moves[0].done();
  EXPECT_EQ(routes_->ServedBy("r"), "2");
}

TEST_F(ResourceRoutesTest, OperationComesWhileACallIsInHand_WaitsAndIsNotOvertaken) {
  Route(Kind::kCall);
  SetTarget("2");
  Route(Kind::kOperation);
  Route(Kind::kCall);
  EXPECT_THAT(went_, ElementsAre("1"));
  holds_[0].reset();
  ASSERT_THAT(mover_->moves, SizeIs(1));
  mover_->moves[0].done();
  EXPECT_THAT(went_, ElementsAre("1", "2", "2"));
}

TEST_F(ResourceRoutesTest, TargetChangesDuringTheMove_MovesOnBeforeAnythingGoesThere) {
  SetTarget("2");
  Route(Kind::kOperation);
  SetTarget("1");
  mover_->moves[0].done();
  ASSERT_THAT(mover_->moves, SizeIs(2));
  EXPECT_THAT(went_, IsEmpty());
  mover_->moves[1].done();
  EXPECT_THAT(went_, ElementsAre("1"));
}

TEST_F(ResourceRoutesTest, ClosedDuringTheMove_IsClosedWhereItArrives) {
  SetTarget("2");
  routes_->Close("r");
  EXPECT_THAT(mover_->closed, IsEmpty());
  mover_->moves[0].done();
  EXPECT_THAT(mover_->closed, ElementsAre("2"));
  EXPECT_EQ(routes_->ServedBy("r"), "");
  EXPECT_EQ(routes_->CountsOf("2").resources, 0U);
}

TEST_F(ResourceRoutesTest, AnEarlierBrokersVersionMayHaveIt_ComesFromThereUnlessAnOperationIsKept) {
  routes_->SetEarlier({"0", "1"});
  ResourceSpec spec;
  spec.resource = "kept";
  Hold hold = routes_->KeepInPlace(spec);
  routes_->SetServing("kept", "0");
  EXPECT_THAT(mover_->moves, IsEmpty());
  EXPECT_EQ(routes_->ServedBy("kept"), "0");
  hold.reset();
  ASSERT_THAT(mover_->moves, SizeIs(1));
  EXPECT_THAT(mover_->moves[0].from, ElementsAre("0"));
  EXPECT_EQ(mover_->moves[0].to, "1");
}

TEST_F(ResourceRoutesTest, ManyResources_MoveSomeAtATimeAndAllInTheEnd) {
  for (int i = 0; i < 100; ++i) {
    ResourceSpec spec;
    spec.resource = absl::StrCat("r", i);
    routes_->Open(spec);
  }
  SetTarget("2");
  EXPECT_THAT(mover_->moves, SizeIs(32));
  for (size_t i = 0; i < mover_->moves.size(); ++i) {
    const auto done = mover_->moves[i].done;
    done();
  }
  EXPECT_EQ(routes_->CountsOf("2").resources, 101U);
  EXPECT_EQ(routes_->CountsOf("1").resources, 0U);
}

}  // namespace
}  // namespace resource_broker::broker
