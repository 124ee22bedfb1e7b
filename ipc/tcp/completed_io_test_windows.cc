#include <gtest/gtest.h>
#include <windows.h>
#include <winsock2.h>

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
    operation_.Internal = kStatusPending;
  }
  ~CompletedIoTest() override {
    closesocket(socket_);
    WSACleanup();
    CloseHandle(port_);
  }

  void TakeFromPort(OVERLAPPED* operation) {
    EXPECT_TRUE(PostQueuedCompletionStatus(port_, 5, 1, operation));
    DWORD bytes = 0;
    ULONG_PTR key = 0;
    OVERLAPPED* taken = nullptr;
    EXPECT_TRUE(GetQueuedCompletionStatus(port_, &bytes, &key, &taken, 0));
    EXPECT_EQ(taken, operation);
  }

  bool Ask() { return WSAGetOverlappedResult(socket_, &operation_, &bytes_, FALSE, &flags_) != FALSE; }

  const HANDLE port_ = CreateIoCompletionPort(INVALID_HANDLE_VALUE, nullptr, 0, 0);
  SOCKET socket_ = INVALID_SOCKET;
  WSAOVERLAPPED operation_ = {};
  DWORD bytes_ = 0;
  DWORD flags_ = 0;
};

TEST_F(CompletedIoTest, PortSaysThatItIsCompleteButItsResultSaysPending_ThePortIsRight) {
  TakeFromPort(&operation_);
  EXPECT_TRUE(Ask()) << WSAGetLastError();
  EXPECT_EQ(bytes_, 5U);
}

TEST_F(CompletedIoTest, PortSaidItOfAnother_ItIsIncomplete) {
  OVERLAPPED other = {};
  TakeFromPort(&operation_);
  TakeFromPort(&other);
  EXPECT_FALSE(Ask());
  EXPECT_EQ(WSAGetLastError(), WSA_IO_INCOMPLETE);
}

TEST_F(CompletedIoTest, ResultIsThere_ItIsTaken) {
  TakeFromPort(&operation_);
  operation_.InternalHigh = 7;
  operation_.Internal = 0;
  EXPECT_TRUE(Ask());
  EXPECT_EQ(bytes_, 7U);
}

}  // namespace
}  // namespace resource_broker::ipc
