#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <string>

#include "absl/synchronization/mutex.h"
#include "bridge_dll/broker_session.h"
#include "bridge_dll/testing/abi_fixture.h"
#include "ipc/testing/process.h"

namespace resource_broker::bridge::testing {
namespace {

using resapi::RESID;

class OpenTest : public AbiTest {
 protected:
  static std::u16string Numbered(int number) {
    const std::string digits = std::to_string(number);
    return u"r" + std::u16string(digits.begin(), digits.end());
  }

  // Every entry point, with a RESID that must be refused.
  void ExpectRefused(RESID id) {
    resapi::HANDLE event = nullptr;
    resapi::DWORD returned = 77;
    EXPECT_EQ(dll->Online(id, &event, 0, nullptr, 0, 0), win32::kResourceNotFound);
    EXPECT_EQ(dll->Offline(id, nullptr, 0, nullptr, 0, 0), win32::kResourceNotFound);
    EXPECT_EQ(dll->Cancel(id, 0), win32::kResourceNotFound);
    EXPECT_EQ(dll->ResourceControl(id, resapi::CLUSCTL_RESOURCE_UNKNOWN, nullptr, 0, nullptr, 0, &returned),
              win32::kResourceNotFound);
    EXPECT_EQ(dll->LooksAlive(id), 0);
    EXPECT_EQ(dll->IsAlive(id), 0);
    dll->Terminate(id);
    dll->Close(id);
  }
};

TEST_F(OpenTest, ResidThatIsNotOurs_IsRefusedByEveryEntryPoint) {
  const Opened resource = Open(u"real");
  int on_stack = 0;
  const auto bits = reinterpret_cast<uintptr_t>(resource.id);
  ExpectRefused(nullptr);
  ExpectRefused(&on_stack);
  ExpectRefused(resource.host);
  ExpectRefused(reinterpret_cast<RESID>(uintptr_t{0xFFFFFFFFFFFFFFFF}));
  ExpectRefused(reinterpret_cast<RESID>(bits + 0x100));         // the next slot
  ExpectRefused(reinterpret_cast<RESID>(bits + (1ULL << 32)));  // the slot's next use
  EXPECT_EQ(dll->Cancel(resource.id, 0), win32::kSuccess);      // the real one is as it was
}

TEST_F(OpenTest, ClosedResid_IsRefusedAlsoWhenItsPlaceIsTaken) {
  const Opened first = Open(u"first");
  Close(first);
  ExpectRefused(first.id);
  const Opened second = Open(u"second");
  EXPECT_NE(first.id, second.id);
  ExpectRefused(first.id);
  EXPECT_EQ(dll->Cancel(second.id, 0), win32::kSuccess);
}

TEST_F(OpenTest, NameThatIsNoName_GivesNullAndLastError) {
  FakeHost* host = NewHost();
  EXPECT_EQ(dll->Open(nullptr, host->key().handle(), host->handle(), 0), nullptr);
  EXPECT_EQ(LastErrorCode(), win32::kInvalidParameter);
  EXPECT_EQ(dll->Open(Wide(u"").c_str(), host->key().handle(), host->handle(), 0), nullptr);
  EXPECT_EQ(LastErrorCode(), win32::kInvalidParameter);
  EXPECT_EQ(dll->Open(Wide(std::u16string(5000, u'x')).c_str(), host->key().handle(), host->handle(), 0), nullptr);
  EXPECT_EQ(LastErrorCode(), win32::kInvalidParameter);
  EXPECT_EQ(dll->Open(Wide(std::u16string{u'a', 0xD800, u'b'}).c_str(), host->key().handle(), host->handle(), 0),
            nullptr);
  EXPECT_EQ(LastErrorCode(), win32::kNoUnicodeTranslation);
}

TEST_F(OpenTest, WithoutBroker_GivesAResidAtOnce) {
  const auto opened = Time([this] { return Open(u"early").id; });
  EXPECT_NE(opened.result, nullptr);
  EXPECT_LT(opened.took, kCallBudget);
}

TEST_F(OpenTest, WithoutKey_TheResourceHasNoProperties) {
  FakeHost* host = FakeHost::New();
  const RESID id = dll->Open(Wide(u"keyless").c_str(), nullptr, host->handle(), 0);
  ASSERT_NE(id, nullptr);
  EXPECT_EQ(dll->Offline(id, nullptr, 0, nullptr, 0, 0), win32::kInvalidParameter);
  EXPECT_TRUE(host->Logs(u"Module"));
  dll->Close(id);
}

TEST_F(OpenTest, PropertiesAndFlagsReachTheBroker) {
  StartBroker();
  FakeHost* host = NewHost();
  host->key().SetText(u"Type", u"Resource Broker");
  host->parameters().SetText(u"ServiceName", u"Spooler");
  host->parameters().SetText(u"Path", u"%TEMP%\\x", resapi::REG_TYPE_EXPAND_SZ);
  host->parameters().SetNumber(u"Retries", 3);
  host->parameters().Set(u"Blob", resapi::REG_TYPE_BINARY, {1, 0, 2});
  Open(u"Gr\u00FC\u00DFe \U0001F600", host, 0xFFFFFFF1);

  const auto opened = broker->opened(1);
  ASSERT_EQ(opened.size(), 1U);
  EXPECT_EQ(opened[0].resource(),
            "Gr\xC3\xBC\xC3\x9F"
            "e \xF0\x9F\x98\x80");
  EXPECT_EQ(opened[0].resource_type(), "Resource Broker");
  EXPECT_EQ(opened[0].module(), "generic_test");
  EXPECT_EQ(opened[0].open_flags(), 0xFFFFFFF1);
  EXPECT_EQ(opened[0].properties().at("ServiceName").text(), "Spooler");
  EXPECT_EQ(opened[0].properties().at("Path").expand_text(), "%TEMP%\\x");
  EXPECT_EQ(opened[0].properties().at("Retries").number(), 3U);
  EXPECT_EQ(opened[0].properties().at("Blob").binary(), std::string("\x01\x00\x02", 3));
  EXPECT_EQ(opened[0].properties().size(), 6U);
}

TEST_F(OpenTest, KeysAreClosedWithTheResource) {
  const Opened resource = Open(u"keys");
  EXPECT_EQ(resource.host->parameters().open_handles, 1);
  Close(resource);
  EXPECT_EQ(resource.host->parameters().open_handles, 0);
  EXPECT_EQ(resource.host->key().open_handles, 0);
}

TEST_F(OpenTest, HundredResources_ShareOneSession) {
  StartBroker();
  std::set<RESID> ids;
  for (int i = 0; i < 100; ++i) {
    ids.insert(Open(Numbered(i)).id);
  }
  EXPECT_EQ(ids.size(), 100U);
  EXPECT_EQ(broker->opened(100).size(), 100U);
  EXPECT_EQ(broker->sessions(1).size(), 1U);
}

TEST_F(OpenTest, ManyMoreThanAreOpenedAtOnce_TheOthersFollowWithoutBeingAskedFor) {
  constexpr int kMany = 3 * BrokerSession::kOpenCalls;
  struct Calls {
    absl::Mutex mutex;
    int under_way ABSL_GUARDED_BY(mutex) = 0;
    bool held ABSL_GUARDED_BY(mutex) = false;
  };
  const auto calls = std::make_shared<Calls>();
  StartBroker();
  broker->on_open = [calls](const v1::OpenResourceRequest&, v1::OpenResourceResponse*) {
    absl::MutexLock lock(&calls->mutex);
    ++calls->under_way;
    calls->mutex.Await(absl::Condition(
        +[](Calls* all) { return !all->held; }, calls.get()));
    --calls->under_way;
    return grpc::Status::OK;
  };
  const Opened first = Open(u"first");
  broker->opened(1);
  {
    absl::MutexLock lock(&calls->mutex);
    calls->held = true;
  }
  for (int i = 0; i < kMany; ++i) Open(Numbered(i));
  {
    absl::MutexLock lock(&calls->mutex);
    EXPECT_TRUE(calls->mutex.AwaitWithTimeout(
        absl::Condition(
            +[](Calls* all) { return all->under_way >= BrokerSession::kOpenCalls; }, calls.get()),
        absl::Seconds(10)));
  }
  // Sent on the same connection: more calls to open would be there before it.
  dll->Terminate(first.id);
  EXPECT_EQ(broker->terminated(1).size(), 1U);
  {
    absl::MutexLock lock(&calls->mutex);
    EXPECT_EQ(calls->under_way, BrokerSession::kOpenCalls);
    calls->held = false;
  }
  EXPECT_EQ(broker->opened(1 + kMany).size(), 1U + kMany);
}

TEST_F(OpenTest, ClosedAndOpenedAgain_ArrivesInThatOrder) {
  StartBroker();
  const Opened first = Open(u"twice");
  broker->opened(1);
  for (size_t round = 1; round <= 20; ++round) {
    Close(Open(u"twice"));
    broker->closed(round);
  }
  Open(u"twice");
  broker->opened(22);
  Close(first);  // the older of two: the newer stays open
  const std::vector<std::string> order = broker->order();
  EXPECT_EQ(order.back(), "open twice");
}

TEST_F(OpenTest, PipeNameChangedBeforeOnline_MovesToTheOtherBroker) {
  StartBroker();
  const Opened resource = Open(u"moving");
  broker->opened(1);
  const std::string other_address = ipc::testing::NewAddress(folder);
  FakeBroker other(other_address);
  resource.host->parameters().SetText(u"PipeName", std::u16string(other_address.begin(), other_address.end()));
  EXPECT_EQ(Online(resource), win32::kIoPending);
  EXPECT_EQ(other.started(1).size(), 1U);
  EXPECT_EQ(broker->closed(1).size(), 1U);
  Close(resource);
}

TEST_F(OpenTest, DllReleasedByTheHost_StaysForItsThreads) {
  StartBroker();
  const Opened resource = OpenOnline(u"kept");
  ReleaseDll();
  ReleaseDll();  // once too often
  EXPECT_EQ(dll->IsAlive(resource.id), 1);
  SucceedAtOnce();
  EXPECT_EQ(Offline(resource), win32::kSuccess);
}

TEST_F(OpenTest, ManyCycles_LeaveNoThreadAndNoHandleBehind) {
  StartBroker();
  SucceedAtOnce();
  const auto cycle = [this] {
    const Opened resource = Open(u"cycle");
    Online(resource);
    Close(resource);
  };
  for (int i = 0; i < 50; ++i) cycle();
  const ipc::testing::Held before = ipc::testing::HeldNow();
  for (int i = 0; i < 300; ++i) cycle();
  const ipc::testing::Held after = ipc::testing::HeldNow();
  // gRPC and the fake broker's server keep a few threads more or less.
  EXPECT_LT(after.threads, before.threads + 10);
  EXPECT_LT(after.handles, before.handles + 20);
}

}  // namespace
}  // namespace resource_broker::bridge::testing
