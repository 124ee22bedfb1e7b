// The broker itself crashes.
#include <winsock2.h>
// After winsock2.h, which it would replace by its older self.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <windows.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "broker_service/doctor/testing/installed_broker.h"
#include "ipc/unique_handle_windows.h"

namespace resource_broker::broker::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

constexpr int64_t kAccessViolation = 0xC0000005;

TEST(BrokerCrashTest, ThreadJumpsToNowhere_ADumpIsLeftAndTheExitCodeIsTheExceptions) {
  InstalledBroker installed;
  Program program({"run", "--config", installed.options().config_file.u8string()});
  program.AwaitErrors(" runs as process ");
  const DWORD process_id = program.AwaitStart().identity.process_id;
  const ipc::UniqueHandle process(OpenProcess(PROCESS_ALL_ACCESS, FALSE, process_id));
  ASSERT_TRUE(process.valid()) << GetLastError();
  // A thread of the broker's that begins at an address where there is nothing.
  const ipc::UniqueHandle thread(
      CreateRemoteThread(process.get(), nullptr, 0, reinterpret_cast<LPTHREAD_START_ROUTINE>(16), nullptr, 0, nullptr));
  ASSERT_TRUE(thread.valid()) << GetLastError();
  EXPECT_EQ(program.ExitCode(), kAccessViolation);
  EXPECT_THAT(program.Errors(), HasSubstr("panic: exception 0xc0000005 at 0x10"));
  EXPECT_THAT(program.Errors(), HasSubstr("dump: "));
  size_t dumps = 0;
  for (const auto& entry : fs::directory_iterator(installed.data() / "dumps")) {
    ++dumps;
    std::string signature(4, ' ');
    std::ifstream(entry.path(), std::ios::binary).read(signature.data(), 4);
    EXPECT_EQ(signature, "MDMP");
  }
  EXPECT_EQ(dumps, 1U);
}

}  // namespace
}  // namespace resource_broker::broker::testing
