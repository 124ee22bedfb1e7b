#include <gtest/gtest.h>

#include <thread>

#include "bridge_dll/testing/abi_fixture.h"

namespace resource_broker::bridge::testing {
namespace {

using ::resapi::BYTE;

class OperationTest : public AbiTest {
 protected:
  OperationTest() { StartBroker(); }
};

TEST_F(OperationTest, EndsWithinTheBudget_ReturnsZeroAndReportsNothing) {
  const Opened resource = OpenOnline(u"quick");
  SucceedAtOnce();
  EXPECT_EQ(Offline(resource), win32::kSuccess);
  Close(resource);
  EXPECT_TRUE(resource.host->reports(0).empty());
}

TEST_F(OperationTest, FailsWithinTheBudget_ReturnsItsCode) {
  broker->on_accepted = [this](const v1::OperationRequest& operation) {
    broker->End(operation.id(), v1::FAILED, Report(v1::RESOURCE_FAILED, win32::kServiceDoesNotExist));
  };
  const Opened resource = Open(u"failing");
  broker->opened(1);
  EXPECT_EQ(Online(resource), win32::kServiceDoesNotExist);
  EXPECT_TRUE(resource.host->Logs(u"1060"));
  EXPECT_TRUE(resource.host->reports(0).empty());
}

TEST_F(OperationTest, FailureWithoutAUsableCode_IsStillAnError) {
  broker->on_accepted = [this](const v1::OperationRequest& operation) {
    broker->End(operation.id(), v1::FAILED, Report(v1::RESOURCE_FAILED, win32::kIoPending));
  };
  const Opened resource = Open(u"odd");
  broker->opened(1);
  EXPECT_EQ(Online(resource), win32::kResourceFailed);
}

TEST_F(OperationTest, RefusedWithinTheBudget_IsReportedAsOnlineNotReturnedAsAnError) {
  const Opened resource = OpenOnline(u"locked");
  broker->on_accepted = [this](const v1::OperationRequest& operation) {
    v1::FinalReport report = Report(v1::RESOURCE_ONLINE, win32::kClusterResourceLockedStatus);
    report.set_status_flags(resapi::CLUSRESDLL_STATUS_OFFLINE_BUSY);
    broker->End(operation.id(), v1::REFUSED, report);
  };
  EXPECT_EQ(Offline(resource), win32::kIoPending);
  const auto reports = resource.host->ReportsUntilFinal();
  ASSERT_FALSE(reports.empty());
  EXPECT_EQ(reports.back().status.ResourceState, resapi::ClusterResourceOnline);
  EXPECT_EQ(reports.back().status.Flags, resapi::CLUSRESDLL_STATUS_OFFLINE_BUSY);
  EXPECT_EQ(reports.back().status.ApplicationSpecificErrorCode, win32::kClusterResourceLockedStatus);
  EXPECT_EQ(dll->LooksAlive(resource.id), 1);
}

TEST_F(OperationTest, RestoredAfterFailure_IsReportedAsOnline) {
  const Opened resource = OpenOnline(u"restored");
  broker->on_accepted = [this](const v1::OperationRequest& operation) {
    broker->End(operation.id(), v1::FAILED, Report(v1::RESOURCE_ONLINE, win32::kServiceRequestTimeout));
  };
  EXPECT_EQ(Offline(resource, resapi::CLUS_RESDLL_OFFLINE_RETURN_TO_SOURCE_NODE_ON_ERROR), win32::kIoPending);
  const auto reports = resource.host->ReportsUntilFinal();
  ASSERT_FALSE(reports.empty());
  EXPECT_EQ(reports.back().status.ResourceState, resapi::ClusterResourceOnline);
  EXPECT_EQ(reports.back().status.ApplicationSpecificErrorCode, win32::kServiceRequestTimeout);
}

TEST_F(OperationTest, EveryCombinationOfFlagsArrivesUnchanged) {
  const Opened resource = OpenOnline(u"flags");
  SucceedAtOnce();
  size_t sent = 1;
  for (uint32_t flags = 0; flags < 128; ++flags) {
    const uint32_t unknown = flags % 2 == 0 ? 0 : 0xABCDEF80;
    ASSERT_EQ(Offline(resource, flags | unknown), win32::kSuccess);
    const auto started = broker->started(++sent);
    ASSERT_EQ(started.size(), sent);
    EXPECT_EQ(started.back().operation().flags(), flags | unknown);
    EXPECT_EQ(started.back().operation().kind(), v1::OFFLINE);
  }
}

TEST_F(OperationTest, DestinationArrivesAsItWasPassed) {
  const Opened resource = OpenOnline(u"destinations");
  SucceedAtOnce();
  size_t sent = 1;
  const auto offline = [&](const resapi::WCHAR* destination) {
    EXPECT_EQ(dll->Offline(resource.id, destination, 0, nullptr, 0, 0xDEADBEEF), win32::kSuccess);
    return broker->started(++sent).back().operation();
  };
  EXPECT_FALSE(offline(nullptr).has_destination_node());
  EXPECT_TRUE(offline(Wide(u"").c_str()).has_destination_node());
  EXPECT_EQ(offline(Wide(u"NODE2").c_str()).destination_node(), "NODE2");
  EXPECT_EQ(offline(Wide(u"K\u00D6LN-\u4E8C").c_str()).destination_node(), "K\xC3\x96LN-\xE4\xBA\x8C");
  EXPECT_EQ(offline(Wide(std::u16string(255, u'\u00E9')).c_str()).destination_node().size(), 510U);
  EXPECT_EQ(offline(nullptr).reserved(), 0xDEADBEEF);
}

TEST_F(OperationTest, DestinationThatIsNotUtf16_IsRefusedAndNothingSent) {
  const Opened resource = OpenOnline(u"halves");
  EXPECT_EQ(dll->Offline(resource.id, Wide(std::u16string{u'N', 0xDC00}).c_str(), 0, nullptr, 0, 0),
            win32::kNoUnicodeTranslation);
  EXPECT_EQ(dll->Offline(resource.id, Wide(std::u16string(2000, u'n')).c_str(), 0, nullptr, 0, 0),
            win32::kInvalidParameter);
  EXPECT_EQ(broker->started(1).size(), 1U);
  EXPECT_EQ(dll->LooksAlive(resource.id), 1);
}

TEST_F(OperationTest, InBufferArrivesByteForByteUpToTheMaximum) {
  const Opened resource = OpenOnline(u"buffers");
  SucceedAtOnce();
  size_t sent = 1;
  std::string bytes(1 << 20, '\0');
  for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i * 7);
  auto* data = reinterpret_cast<BYTE*>(bytes.data());
  const auto offline = [&](BYTE* buffer, uint32_t size) {
    EXPECT_EQ(dll->Offline(resource.id, nullptr, 0, buffer, size, 0), win32::kSuccess);
    return broker->started(++sent).back().operation();
  };
  EXPECT_FALSE(offline(nullptr, 0).has_in_buffer());
  EXPECT_TRUE(offline(data, 0).has_in_buffer());
  for (const uint32_t size : {1U, 65536U, 1U << 20}) {
    const v1::OperationRequest operation = offline(data, size);
    EXPECT_EQ(operation.in_buffer(), bytes.substr(0, size)) << size;
  }
}

TEST_F(OperationTest, InBufferBeyondTheMaximum_IsRefusedAndNothingSent) {
  FakeHost* host = NewHost();
  host->parameters().SetNumber(u"MaxInBufferBytes", 100);
  const Opened resource = Open(u"too much", host);
  std::vector<BYTE> buffer(4 << 20);
  EXPECT_EQ(dll->Offline(resource.id, nullptr, 0, buffer.data(), 101, 0), win32::kBadLength);
  EXPECT_TRUE(host->Logs(u"InBuffer has 101 bytes"));
  EXPECT_EQ(dll->Offline(resource.id, nullptr, 0, buffer.data(), 4 << 20, 0), win32::kBadLength);
  EXPECT_EQ(dll->Offline(resource.id, nullptr, 0, nullptr, 1, 0), win32::kInvalidParameter);
  EXPECT_EQ(dll->Online(resource.id, nullptr, 0, nullptr, 1, 0), win32::kInvalidParameter);
  EXPECT_TRUE(broker->started(0).empty());
}

TEST_F(OperationTest, OnlineSetsNoEventHandle) {
  SucceedAtOnce();
  const Opened resource = Open(u"no event");
  broker->opened(1);
  resapi::HANDLE event = &event;
  EXPECT_EQ(dll->Online(resource.id, &event, 0x1F, nullptr, 0, 0), win32::kSuccess);
  EXPECT_EQ(event, nullptr);
  EXPECT_FALSE(broker->started(1).back().operation().has_destination_node());
}

TEST_F(OperationTest, PropertiesAreReadAgainWithEveryOperation) {
  const Opened resource = OpenOnline(u"again");
  resource.host->parameters().SetText(u"Level", u"two");
  SucceedAtOnce();
  EXPECT_EQ(Online(resource), win32::kSuccess);
  EXPECT_EQ(broker->started(2).back().operation().properties().at("Level").text(), "two");
  EXPECT_EQ(broker->opened(2).back().properties().at("Level").text(), "two");
}

TEST_F(OperationTest, SecondWhileOneIsPending_IsRefused) {
  const Opened resource = Open(u"busy");
  EXPECT_EQ(Online(resource), win32::kIoPending);
  EXPECT_EQ(Online(resource), win32::kInvalidState);
  EXPECT_EQ(Offline(resource), win32::kInvalidState);
  EXPECT_EQ(broker->started(1).size(), 1U);
}

TEST_F(OperationTest, ModuleMissing_IsRefusedWithItsName) {
  FakeHost* host = NewHost();
  host->parameters().values.clear();
  const Opened resource = Open(u"nameless", host);
  EXPECT_EQ(Online(resource), win32::kInvalidParameter);
  EXPECT_TRUE(host->Logs(u"Module"));
}

TEST_F(OperationTest, BrokerRefusesTheCall_ReturnsWhatItMeans) {
  const std::pair<grpc::StatusCode, uint32_t> cases[] = {
      {grpc::StatusCode::INVALID_ARGUMENT, win32::kInvalidParameter},
      {grpc::StatusCode::NOT_FOUND, win32::kModNotFound},
      {grpc::StatusCode::RESOURCE_EXHAUSTED, win32::kNotEnoughQuota},
      {grpc::StatusCode::PERMISSION_DENIED, win32::kAccessDenied},
  };
  const Opened resource = Open(u"refused");
  broker->opened(1);
  for (const auto& [status, code] : cases) {
    broker->on_start = [status = status](const v1::StartOperationRequest&) { return grpc::Status(status, "because"); };
    EXPECT_EQ(Online(resource), code);
  }
  EXPECT_TRUE(resource.host->Logs(u"NOT_FOUND: because"));
}

// 100 at once, each from a thread of its own, as RHS may call.
TEST_F(OperationTest, HundredAtOnce_EachEndsOnce) {
  std::vector<Opened> resources;
  for (char16_t i = 0; i < 100; ++i) resources.push_back(Open(std::u16string(u"many ") + char16_t(0x4E00 + i)));
  broker->opened(100);
  SucceedAtOnce();
  std::vector<uint32_t> codes(resources.size());
  std::vector<std::thread> threads;
  for (size_t i = 0; i < resources.size(); ++i) {
    threads.emplace_back([&, i] { codes[i] = Online(resources[i]); });
  }
  for (std::thread& thread : threads) thread.join();
  for (size_t i = 0; i < resources.size(); ++i) {
    if (codes[i] == win32::kSuccess) continue;
    EXPECT_EQ(codes[i], win32::kIoPending);
    EXPECT_EQ(resources[i].host->ReportsUntilFinal().back().status.ResourceState, resapi::ClusterResourceOnline);
  }
  EXPECT_EQ(broker->started(100).size(), 100U);
}

}  // namespace
}  // namespace resource_broker::bridge::testing
