#include "bridge_dll/rpc_outcome.h"

#include <gtest/gtest.h>

#include "resource_broker/v1/win32_codes.h"

namespace resource_broker::bridge {
namespace {

TEST(RpcOutcome, OnlyTheConnectionsFaultsMayRecover) {
  for (int code = 0; code <= 16; ++code) {
    const grpc::Status status(static_cast<grpc::StatusCode>(code), "x");
    const bool expected = code == grpc::StatusCode::UNAVAILABLE || code == grpc::StatusCode::DEADLINE_EXCEEDED ||
                          code == grpc::StatusCode::CANCELLED || code == grpc::StatusCode::ABORTED ||
                          code == grpc::StatusCode::UNKNOWN || code == grpc::StatusCode::INTERNAL;
    EXPECT_EQ(MayRecover(status), expected) << Shown(status);
    EXPECT_NE(Win32CodeOf(status), win32::kSuccess);
  }
  EXPECT_EQ(Shown(grpc::Status(grpc::StatusCode::NOT_FOUND, "no module")), "NOT_FOUND: no module");
}

TEST(RpcOutcome, DelaysDoubleUpToFiveSecondsLessAQuarter) {
  for (int failures = 1; failures < 100; ++failures) {
    const auto delay = RetryDelay(failures).count();
    const int64_t whole = failures < 7 ? 100 << (failures - 1) : 5000;
    EXPECT_LE(delay, whole);
    EXPECT_GE(delay, whole * 3 / 4);
  }
}

}  // namespace
}  // namespace resource_broker::bridge
