#include <gtest/gtest.h>
#include <windows.h>
#include <winsock2.h>

#include <atomic>
#include <thread>

namespace resource_broker::ipc {
namespace {

constexpr ULONG_PTR kStatusPending = 0x103;

class CompletedIoTest : public ::testing::Test {
 protected:
  CompletedIoTest() {
    WSADATA data;
    EXPECT_EQ(WSAStartup(MAKEWORD(2, 2), &data), 0);
    socket_ = socket(AF_INET, SOCK_DGRAM, 0);
    EXPECT_NE(socket_, INVALID_SOCKET);
    overlapped_.Internal = kStatusPending;
  }
  ~CompletedIoTest() override {
    closesocket(socket_);
    WSACleanup();
  }

  bool Ask() { return WSAGetOverlappedResult(socket_, &overlapped_, &bytes_, FALSE, &flags_) != FALSE; }

  SOCKET socket_ = INVALID_SOCKET;
  WSAOVERLAPPED overlapped_ = {};
  DWORD bytes_ = 0;
  DWORD flags_ = 0;
};

TEST_F(CompletedIoTest, ResultIsWrittenALittleLate_IsWaitedFor) {
  std::atomic<bool> asked{false};
  std::thread writer([&] {
    while (!asked) SwitchToThread();
    overlapped_.InternalHigh = 5;
    *const_cast<volatile ULONG_PTR*>(&overlapped_.Internal) = 0;
  });
  asked = true;
  EXPECT_TRUE(Ask()) << WSAGetLastError();
  EXPECT_EQ(bytes_, 5U);
  writer.join();
}

TEST_F(CompletedIoTest, ResultIsNeverWritten_IsIncompleteAfterABoundedTime) {
  EXPECT_FALSE(Ask());
  EXPECT_EQ(WSAGetLastError(), WSA_IO_INCOMPLETE);
}

}  // namespace
}  // namespace resource_broker::ipc
