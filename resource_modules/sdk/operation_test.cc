#include "resource_modules/sdk/operation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "resource_modules/sdk/execution.h"
#include "resource_modules/sdk/property_list_builder.h"

namespace resource_broker::sdk {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;

constexpr uint32_t kDueToEmbeddedFailure = 0x10;

class OperationTest : public ::testing::Test {
 protected:
  OperationTest() {
    request_.set_attempt(1);
    request_.mutable_operation()->set_kind(v1::OFFLINE);
    resource_.name = "r1";
  }

  void Property(const std::string& name, uint32_t number) {
    v1::PropertyValue value;
    value.set_number(number);
    resource_.properties.Set(name, value);
  }

  Operation& Begin() {
    execution_ = std::make_shared<Execution>(request_);
    EXPECT_TRUE(execution_->Begin());
    operation_ = std::make_unique<Operation>(execution_, resource_);
    return *operation_;
  }

  milliseconds Timeout(Operation& operation) {
    auto deadline = operation.Deadline("StopTimeoutMs", milliseconds(1000));
    EXPECT_TRUE(deadline.ok()) << deadline.status();
    return std::chrono::duration_cast<milliseconds>(*deadline - execution_->begun());
  }

  std::string Reported() {
    std::string text;
    uint64_t last = 0;
    while (const auto step = execution_->StepAfter(last)) {
      text += step->progress().message() + "\n";
      last = step->step();
    }
    return text;
  }

  v1::ExecuteRequest request_;
  Resource resource_;
  std::shared_ptr<Execution> execution_;
  std::unique_ptr<Operation> operation_;
};

TEST_F(OperationTest, NullAndEmpty_AreDifferent) {
  EXPECT_EQ(Begin().in_buffer(), std::nullopt);
  EXPECT_EQ(operation_->destination_node(), std::nullopt);
  request_.mutable_operation()->set_in_buffer("");
  request_.mutable_operation()->set_destination_node("");
  EXPECT_EQ(Begin().in_buffer(), "");
  EXPECT_EQ(operation_->destination_node(), "");
}

TEST_F(OperationTest, Deadline_InBufferComesBeforeThePropertyAndThatBeforeTheFallback) {
  EXPECT_EQ(Timeout(Begin()), milliseconds(1000));
  Property("StopTimeoutMs", 2000);
  EXPECT_EQ(Timeout(Begin()), milliseconds(2000));
  request_.mutable_operation()->set_in_buffer(PropertyListBuilder().Dword(u"TimeoutMs", 3000).Build());
  EXPECT_EQ(Timeout(Begin()), milliseconds(3000));
  request_.mutable_operation()->set_in_buffer(R"({"timeoutms": 4000})");
  EXPECT_EQ(Timeout(Begin()), milliseconds(4000));
}

TEST_F(OperationTest, UnusableInBuffer_IsIgnoredAndReportedOnce) {
  Property("StopTimeoutMs", 2000);
  request_.mutable_operation()->set_in_buffer("rubbish");
  Operation& operation = Begin();
  EXPECT_EQ(Timeout(operation), milliseconds(2000));
  EXPECT_FALSE(operation.hard());
  EXPECT_EQ(operation.options().size(), 0);
  EXPECT_THAT(Reported(), HasSubstr("InBuffer ignored: not a property list"));
  EXPECT_FALSE(execution_->StepAfter(1).has_value());
}

TEST_F(OperationTest, InBufferNobodyAsksAbout_IsNotReported) {
  request_.mutable_operation()->set_in_buffer("rubbish");
  Begin();
  EXPECT_EQ(Reported(), "");
}

TEST_F(OperationTest, UnusableTimeout_IsIgnoredAndReported) {
  request_.mutable_operation()->set_in_buffer(R"({"TimeoutMs": "soon"})");
  EXPECT_EQ(Timeout(Begin()), milliseconds(1000));
  EXPECT_THAT(Reported(), HasSubstr("TimeoutMs"));
  request_.mutable_operation()->set_in_buffer(R"({"TimeoutMs": 0})");
  EXPECT_EQ(Timeout(Begin()), milliseconds(1000));
}

TEST_F(OperationTest, UnusableProperty_IsAnError) {
  Property("StopTimeoutMs", 0);
  EXPECT_TRUE(absl::IsInvalidArgument(Begin().Deadline("StopTimeoutMs", milliseconds(1)).status()));
}

TEST_F(OperationTest, Hard_ByModeOrEmbeddedFailure) {
  EXPECT_FALSE(Begin().hard());
  request_.mutable_operation()->set_in_buffer(PropertyListBuilder().Text(u"Mode", u"Hard").Build());
  EXPECT_TRUE(Begin().hard());
  request_.mutable_operation()->set_in_buffer(R"({"Mode": "graceful"})");
  EXPECT_FALSE(Begin().hard());
  EXPECT_EQ(Reported(), "");
  request_.mutable_operation()->set_in_buffer(R"({"Mode": "harsh"})");
  EXPECT_FALSE(Begin().hard());
  EXPECT_THAT(Reported(), HasSubstr("Mode ignored"));
  request_.mutable_operation()->set_flags(kDueToEmbeddedFailure);
  EXPECT_TRUE(Begin().hard());
}

TEST_F(OperationTest, CancelWatch_IsCalledOnceAtOnceIfLateAndNotWhenGone) {
  Operation& operation = Begin();
  int early = 0;
  int gone = 0;
  auto watch = operation.OnCancel([&] { ++early; });
  operation.OnCancel([&] { ++gone; }).reset();
  execution_->RequestCancel(0);
  execution_->RequestTerminate();
  EXPECT_EQ(early, 1);
  EXPECT_EQ(gone, 0);
  int late = 0;
  auto other = operation.OnCancel([&] { ++late; });
  EXPECT_EQ(late, 1);
  EXPECT_TRUE(operation.WaitForCancel(milliseconds(0)));
}

}  // namespace
}  // namespace resource_broker::sdk
