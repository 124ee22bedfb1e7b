#include "bridge_dll/testing/abi_fixture.h"

#include <algorithm>

namespace resource_broker::bridge::testing {
namespace {

const resapi::CLRES_V2_FUNCTIONS* StartDll() {
  const resapi::PSTARTUP_EX_ROUTINE startup = LoadStartupEx();
  if (startup == nullptr) return nullptr;
  resapi::CLRES_FUNCTION_TABLE* table = nullptr;
  const resapi::DWORD code = startup(RESAPI_TEXT("Resource Broker"), resapi::CLRES_VERSION_V1_00,
                                     resapi::CLRES_VERSION_V4_00, FakeHost::Callbacks(), &table);
  return code == 0 ? &table->V2Functions : nullptr;
}

}  // namespace

v1::FinalReport Report(v1::ResourceState state, uint32_t win32_code) {
  v1::FinalReport report;
  report.set_state(state);
  report.set_win32_code(win32_code);
  return report;
}

std::basic_string<resapi::WCHAR> Wide(const std::u16string& text) { return {text.begin(), text.end()}; }

AbiTest::AbiTest() : address(ipc::testing::NewAddress(folder)), dll(StartDll()) {
  if (dll == nullptr) std::abort();  // every test would fail
}

AbiTest::~AbiTest() {
  for (const resapi::RESID id : open_) dll->Close(id);
}

Journal AbiTest::KillBroker() {
  Journal journal = broker->Kill();
  broker.reset();
  return journal;
}

FakeHost* AbiTest::NewHost() {
  FakeHost* host = FakeHost::New();
  host->parameters().SetText(u"Module", u"generic_test");
  host->parameters().SetText(u"PipeName", std::u16string(address.begin(), address.end()));
  return host;
}

AbiTest::Opened AbiTest::Open(const std::u16string& name, FakeHost* host, uint32_t flags) {
  const resapi::RESID id = dll->Open(Wide(name).c_str(), host->key().handle(), host->handle(), flags);
  EXPECT_NE(id, nullptr);
  open_.push_back(id);
  return {host, id};
}

void AbiTest::Close(const Opened& resource) {
  dll->Close(resource.id);
  open_.erase(std::remove(open_.begin(), open_.end(), resource.id), open_.end());
}

uint32_t AbiTest::Online(const Opened& resource) {
  resapi::HANDLE event = nullptr;
  return dll->Online(resource.id, &event, 0, nullptr, 0, 0);
}

uint32_t AbiTest::Offline(const Opened& resource, uint32_t flags) {
  return dll->Offline(resource.id, nullptr, flags, nullptr, 0, 0);
}

void AbiTest::SucceedAtOnce() {
  broker->on_accepted = [this](const v1::OperationRequest& operation) {
    broker->End(operation.id(), v1::SUCCEEDED,
                Report(operation.kind() == v1::ONLINE ? v1::RESOURCE_ONLINE : v1::RESOURCE_OFFLINE));
  };
}

AbiTest::Opened AbiTest::OpenOnline(const std::u16string& name) {
  SucceedAtOnce();
  const Opened resource = Open(name);
  broker->opened(1);
  EXPECT_EQ(Online(resource), win32::kSuccess);
  broker->on_accepted = nullptr;
  return resource;
}

}  // namespace resource_broker::bridge::testing
