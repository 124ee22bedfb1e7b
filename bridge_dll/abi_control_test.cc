#include <gtest/gtest.h>

#include "bridge_dll/testing/abi_fixture.h"
#include "bridge_dll/testing/guarded_memory.h"

namespace resource_broker::bridge::testing {
namespace {

constexpr uint32_t kUserCode = 0x01200005;
constexpr uint32_t kUserTypeCode = 0x02200005;

class ControlTest : public AbiTest {
 protected:
  ControlTest() { StartBroker(); }

  // A module that answers every code with `out`.
  void Answer(const std::string& out) {
    broker->on_control = [this, out](const v1::ControlRequest& request, v1::ControlResponse* response) {
      asked = request;
      const bool fits = out.size() <= request.out_capacity();
      response->set_win32_code(fits ? win32::kSuccess : win32::kMoreData);
      if (fits) {
        response->set_out(out);
      } else {
        response->set_bytes_needed(static_cast<uint32_t>(out.size()));
      }
      return grpc::Status::OK;
    };
  }

  v1::ControlRequest asked;
};

TEST_F(ControlTest, CodesThatAreNotTheModules_GetTheDefault) {
  const Opened resource = OpenOnline(u"defaults");
  Answer("never");
  for (const uint32_t code :
       std::initializer_list<uint32_t>{resapi::CLUSCTL_RESOURCE_UPGRADE_DLL, resapi::CLUSCTL_RESOURCE_SET_NAME,
                                       resapi::CLUSCTL_RESOURCE_GET_PRIVATE_PROPERTIES, 0xFFDFFFFFU, 0U}) {
    resapi::DWORD returned = 77;
    EXPECT_EQ(dll->ResourceControl(resource.id, code, nullptr, 0, nullptr, 0, &returned), win32::kInvalidFunction);
    EXPECT_EQ(returned, 0U);
  }
  EXPECT_EQ(asked.code(), 0U);
}

TEST_F(ControlTest, Unknown_IsAnsweredHere) {
  const Opened resource = Open(u"unknown");
  resapi::DWORD returned = 77;
  EXPECT_EQ(dll->ResourceControl(resource.id, resapi::CLUSCTL_RESOURCE_UNKNOWN, nullptr, 0, nullptr, 0, &returned),
            win32::kSuccess);
  EXPECT_EQ(returned, 0U);
  EXPECT_EQ(dll->ResourceTypeControl(RESAPI_TEXT("Resource Broker"), resapi::CLUSCTL_RESOURCE_TYPE_UNKNOWN, nullptr, 0,
                                     nullptr, 0, nullptr),
            win32::kSuccess);
}

TEST_F(ControlTest, UserCode_IsTheModules) {
  const Opened resource = OpenOnline(u"asked");
  Answer("output");
  char in[] = "input";
  GuardedMemory out(6);
  resapi::DWORD returned = 0;
  EXPECT_EQ(dll->ResourceControl(resource.id, kUserCode, in, 5, out.data(), 6, &returned), win32::kSuccess);
  EXPECT_EQ(returned, 6U);
  EXPECT_EQ(std::string(static_cast<char*>(out.data()), 6), "output");
  EXPECT_EQ(asked.code(), kUserCode);
  EXPECT_EQ(asked.in(), "input");
  EXPECT_EQ(asked.out_capacity(), 6U);
}

TEST_F(ControlTest, OutputTooSmall_GivesTheSizeAndWritesNothing) {
  const Opened resource = OpenOnline(u"small");
  Answer("output");
  for (const uint32_t size : {0U, 5U}) {
    GuardedMemory out(size);
    resapi::DWORD returned = 0;
    EXPECT_EQ(dll->ResourceControl(resource.id, resapi::CLUSCTL_RESOURCE_GET_REQUIRED_DEPENDENCIES, nullptr, 0,
                                   size == 0 ? nullptr : out.data(), size, &returned),
              win32::kMoreData);
    EXPECT_EQ(returned, 6U);
    EXPECT_EQ(std::string(static_cast<char*>(out.data()), size), std::string(size, '\0'));
  }
}

TEST_F(ControlTest, NullPointersWithSizes_AreHarmless) {
  const Opened resource = OpenOnline(u"nulls");
  Answer("output");
  EXPECT_EQ(dll->ResourceControl(resource.id, kUserCode, nullptr, 9, nullptr, 0, nullptr), win32::kInvalidParameter);
  EXPECT_EQ(dll->ResourceControl(resource.id, kUserCode, nullptr, 0, nullptr, 100, nullptr), win32::kMoreData);
  EXPECT_FALSE(asked.has_in());
}

TEST_F(ControlTest, BrokerThatSendsMoreThanAsked_DoesNotOverrunTheBuffer) {
  const Opened resource = OpenOnline(u"liar");
  broker->on_control = [](const v1::ControlRequest&, v1::ControlResponse* response) {
    response->set_out(std::string(100, 'x'));
    return grpc::Status::OK;
  };
  GuardedMemory out(10);
  resapi::DWORD returned = 0;
  EXPECT_EQ(dll->ResourceControl(resource.id, kUserCode, nullptr, 0, out.data(), 10, &returned), win32::kMoreData);
  EXPECT_EQ(returned, 100U);
}

TEST_F(ControlTest, BrokerAway_GivesTheDefault) {
  const Opened resource = OpenOnline(u"alone");
  KillBroker();
  const auto control =
      Time([&] { return dll->ResourceControl(resource.id, kUserCode, nullptr, 0, nullptr, 0, nullptr); });
  EXPECT_EQ(control.result, win32::kInvalidFunction);
  EXPECT_LT(control.took, kCallBudget);
}

TEST_F(ControlTest, TypeCodes_GoToTheBrokerWithTheTypesName) {
  OpenOnline(u"typed");
  Answer("type");
  char out[4];
  resapi::DWORD returned = 0;
  EXPECT_EQ(dll->ResourceTypeControl(RESAPI_TEXT("Resource Broker"), kUserTypeCode, nullptr, 0, out, 4, &returned),
            win32::kSuccess);
  EXPECT_EQ(returned, 4U);
  EXPECT_EQ(dll->ResourceTypeControl(nullptr, kUserTypeCode, nullptr, 0, out, 4, &returned), win32::kInvalidFunction);
  EXPECT_EQ(dll->ResourceTypeControl(RESAPI_TEXT("Resource Broker"), resapi::CLUSCTL_RESOURCE_TYPE_STARTING_PHASE1,
                                     nullptr, 0, nullptr, 0, &returned),
            win32::kInvalidFunction);
}

}  // namespace
}  // namespace resource_broker::bridge::testing
