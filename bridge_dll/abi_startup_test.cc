#include <gtest/gtest.h>

#include "bridge_dll/testing/abi_fixture.h"
#include "bridge_dll/testing/guarded_memory.h"

namespace resource_broker::bridge::testing {
namespace {

using resapi::CLRES_FUNCTION_TABLE;

resapi::DWORD Start(const resapi::WCHAR* type, resapi::DWORD min, resapi::DWORD max, CLRES_FUNCTION_TABLE** table) {
  return LoadStartupEx()(type, min, max, FakeHost::Callbacks(), table);
}

TEST(Startup, ExportsStartupExAlone) {
  ASSERT_NE(FindExport("StartupEx"), nullptr);
  EXPECT_EQ(FindExport("Startup"), nullptr);
  EXPECT_EQ(FindExport("DllMain"), nullptr);
}

TEST(Startup, RangeWithVersion2_GivesItsTable) {
  CLRES_FUNCTION_TABLE* table = nullptr;
  ASSERT_EQ(Start(RESAPI_TEXT("Resource Broker"), 0x100, 0x400, &table), win32::kSuccess);
  EXPECT_EQ(table->TableSize, 96U);
  EXPECT_EQ(table->Version, 0x200U);
  const resapi::CLRES_V2_FUNCTIONS& functions = table->V2Functions;
  EXPECT_TRUE(functions.Open != nullptr && functions.Close != nullptr && functions.Online != nullptr &&
              functions.Offline != nullptr && functions.Terminate != nullptr && functions.LooksAlive != nullptr &&
              functions.IsAlive != nullptr && functions.ResourceControl != nullptr &&
              functions.ResourceTypeControl != nullptr && functions.Cancel != nullptr);
  EXPECT_TRUE(functions.Arbitrate == nullptr && functions.Release == nullptr);
}

TEST(Startup, StartedAgainForOtherTypes_GivesTheSameTable) {
  CLRES_FUNCTION_TABLE* first = nullptr;
  CLRES_FUNCTION_TABLE* second = nullptr;
  ASSERT_EQ(Start(RESAPI_TEXT("Resource Broker"), 0x200, 0x200, &first), win32::kSuccess);
  ASSERT_EQ(Start(RESAPI_TEXT("RESOURCE broker Database"), 0x200, 0x300, &second), win32::kSuccess);
  EXPECT_EQ(first, second);
}

TEST(Startup, NoCommonVersion_IsRefusedAndNothingWritten) {
  for (const auto& [min, max] : {std::pair{0x100, 0x100}, {0x300, 0x400}, {0x201, 0x2FF}, {0x300, 0x100}}) {
    CLRES_FUNCTION_TABLE* table = nullptr;
    EXPECT_EQ(Start(RESAPI_TEXT("Resource Broker"), min, max, &table), win32::kRevisionMismatch) << min;
    EXPECT_EQ(table, nullptr);
  }
}

TEST(Startup, TypeThatIsNotOurs_IsRefusedAndNothingWritten) {
  for (const auto* type :
       {RESAPI_TEXT("Generic Service"), RESAPI_TEXT("Resource Brokers"), RESAPI_TEXT(""), RESAPI_TEXT("Resource")}) {
    CLRES_FUNCTION_TABLE* table = nullptr;
    EXPECT_EQ(Start(type, 0x100, 0x400, &table), win32::kClusterResnameNotFound);
    EXPECT_EQ(table, nullptr);
  }
}

TEST(Startup, NullArguments_AreRefused) {
  CLRES_FUNCTION_TABLE* table = nullptr;
  const auto startup = LoadStartupEx();
  EXPECT_EQ(startup(nullptr, 0x100, 0x400, FakeHost::Callbacks(), &table), win32::kInvalidParameter);
  EXPECT_EQ(startup(RESAPI_TEXT("Resource Broker"), 0x100, 0x400, nullptr, &table), win32::kInvalidParameter);
  EXPECT_EQ(startup(RESAPI_TEXT("Resource Broker"), 0x100, 0x400, FakeHost::Callbacks(), nullptr),
            win32::kInvalidParameter);
  EXPECT_EQ(table, nullptr);
}

// The table of Windows Server 2012 has five members; what lies behind them is not ours to read.
TEST(Startup, CallbackTableOfFiveMembersBeforeAGuardPage_IsEnough) {
  GuardedMemory memory(sizeof(resapi::CLRES_CALLBACK_FUNCTION_TABLE));
  auto* callbacks = static_cast<resapi::CLRES_CALLBACK_FUNCTION_TABLE*>(memory.data());
  *callbacks = *FakeHost::Callbacks();
  CLRES_FUNCTION_TABLE* table = nullptr;
  EXPECT_EQ(LoadStartupEx()(RESAPI_TEXT("Resource Broker"), 0x200, 0x200, callbacks, &table), win32::kSuccess);
}

TEST(Startup, CallbackTableOfNulls_LeavesTheResourceUsable) {
  resapi::CLRES_CALLBACK_FUNCTION_TABLE nulls{};
  CLRES_FUNCTION_TABLE* table = nullptr;
  ASSERT_EQ(LoadStartupEx()(RESAPI_TEXT("Resource Broker Silent"), 0x200, 0x200, &nulls, &table), win32::kSuccess);
  FakeHost* host = FakeHost::New();
  host->key().SetText(u"Type", u"Resource Broker Silent");
  const resapi::RESID id = table->V2Functions.Open(RESAPI_TEXT("silent"), host->key().handle(), host->handle(), 0);
  ASSERT_NE(id, nullptr);
  EXPECT_EQ(table->V2Functions.Online(id, nullptr, 0, nullptr, 0, 0), win32::kInvalidParameter);  // no Module
  table->V2Functions.Terminate(id);
  table->V2Functions.Close(id);
  EXPECT_EQ(host->callbacks(), 0);
}

}  // namespace
}  // namespace resource_broker::bridge::testing
