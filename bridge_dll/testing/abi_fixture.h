// What the tests that drive the real DLL share.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "bridge_dll/resapi.h"
#include "bridge_dll/testing/fake_broker.h"
#include "bridge_dll/testing/fake_host.h"
#include "bridge_dll/testing/loaded_dll.h"
#include "ipc/testing/temporary_folder.h"
#include "resource_broker/v1/win32_codes.h"

namespace resource_broker::bridge::testing {

// How long a call took, and what it gave.
template <typename Result>
struct Timed {
  Result result;
  std::chrono::milliseconds took;
};
template <typename Call>
auto Time(Call call) -> Timed<decltype(call())> {
  const auto began = std::chrono::steady_clock::now();
  auto result = call();
  return {result, std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - began)};
}

// What OfflineV2 promises.
inline constexpr std::chrono::milliseconds kCallBudget{250};

v1::FinalReport Report(v1::ResourceState state, uint32_t win32_code = 0);

class AbiTest : public ::testing::Test {
 protected:
  struct Opened {
    FakeHost* host = nullptr;
    resapi::RESID id = nullptr;
  };

  AbiTest();
  // Closes what is still open, so that the DLL, which stays loaded, forgets it.
  ~AbiTest() override;

  // A broker at `address`, and again one after a kill, with what the first left behind.
  void StartBroker(Journal journal = {}) { broker = std::make_unique<FakeBroker>(address, std::move(journal)); }
  Journal KillBroker();

  // A host whose resource names a module and this test's broker.
  FakeHost* NewHost();
  Opened Open(const std::u16string& name, FakeHost* host, uint32_t flags = 0);
  Opened Open(const std::u16string& name) { return Open(name, NewHost()); }
  void Close(const Opened& resource);

  uint32_t Online(const Opened& resource);
  uint32_t Offline(const Opened& resource, uint32_t flags = 0);
  // Makes the broker end every operation at once, in the state it was meant to bring.
  void SucceedAtOnce();
  // Opens, and brings online by a broker that succeeds at once.
  Opened OpenOnline(const std::u16string& name);

  const ipc::testing::TemporaryFolder folder;
  const std::string address;
  const resapi::CLRES_V2_FUNCTIONS* dll = nullptr;
  std::unique_ptr<FakeBroker> broker;

 private:
  std::vector<resapi::RESID> open_;
};

// The text as the ABI has it.
std::basic_string<resapi::WCHAR> Wide(const std::u16string& text);

}  // namespace resource_broker::bridge::testing
