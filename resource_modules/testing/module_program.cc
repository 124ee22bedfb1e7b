#include "resource_modules/testing/module_program.h"

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <cstdio>
#include <filesystem>
#include <random>

#include "absl/strings/str_cat.h"
#include "ipc/channel.h"
#include "resource_modules/sdk/program.h"

namespace resource_broker::testing {
namespace {

constexpr std::chrono::seconds kCallTimeout(60);

// The one above this test's program that has the stage.
std::filesystem::path BuildFolder() {
  std::filesystem::path folder = std::filesystem::u8path(sdk::ProgramPath()).parent_path();
  while (!std::filesystem::exists(folder / "stage") && folder.has_relative_path()) folder = folder.parent_path();
  return folder;
}

std::string Program(std::filesystem::path path) {
  std::filesystem::path own = std::filesystem::u8path(sdk::ProgramPath());
  return path.replace_extension(own.extension()).generic_u8string();
}

std::string NewId() {
  static std::atomic<uint64_t> last{0};
  static const uint64_t run = std::random_device()();
  std::string id(16, '\0');
  uint64_t number = ++last;
  for (size_t i = 0; i < 8; ++i) {
    id[i] = static_cast<char>(run >> (8 * i));
    id[8 + i] = static_cast<char>(number >> (8 * i));
  }
  return id;
}

}  // namespace

v1::ExecuteEvent::Result Outcome::result() const {
  return steps.empty() ? v1::ExecuteEvent::Result() : steps.back().result();
}

std::string Outcome::messages() const {
  std::string text;
  for (const v1::ExecuteEvent& step : steps) absl::StrAppend(&text, step.progress().message(), "\n");
  return text;
}

ModuleProgram::ModuleProgram(const std::string& name, const std::string& folder) : folder_(TemporaryFolder("module")) {
  process::ProcessSpec spec;
  spec.executable = StagedProgram(absl::StrCat(folder, "/", name, "/1.0.0/", name));
  spec.with_streams = true;
  std::string endpoint = ipc::PrivateAddress("module", folder_);
  spec.environment = {{"RESOURCE_BROKER_MODULE_ENDPOINT", endpoint},
                      {"RESOURCE_BROKER_MODULE_NAME", name},
                      {"RESOURCE_BROKER_MODULE_VERSION", "1.0.0"}};
  auto tree = process::ProcessTree::Start(spec);
  if (!tree.ok()) throw std::runtime_error(tree.status().ToString());
  tree_ = *std::move(tree);
  streams_ = tree_->TakeStreams();
  char c = 0;
  while (streams_.out.Read(&c, 1) == 1 && c != '\n') handshake_.push_back(c);
  for (process::Stream* stream : {&streams_.out, &streams_.error}) {
    readers_.emplace_back([stream] {
      std::array<char, 4096> buffer;
      while (size_t size = stream->Read(buffer.data(), buffer.size())) std::fwrite(buffer.data(), 1, size, stderr);
    });
  }
  auto channel = ipc::Connect(endpoint, {});
  if (!channel.ok()) throw std::runtime_error(channel.status().ToString());
  channel_ = *channel;
  stub_ = v1::ResourceModule::NewStub(channel_);
}

ModuleProgram::~ModuleProgram() {
  tree_->Kill();
  streams_.out.Interrupt();
  streams_.error.Interrupt();
  for (std::thread& reader : readers_) reader.join();
}

Outcome ModuleProgram::Execute(const v1::ExecuteRequest& request,
                               const std::function<void(const v1::ExecuteEvent&)>& on_step) {
  Outcome outcome;
  auto context = Context();
  auto stream = stub_->Execute(context.get(), request);
  v1::ExecuteEvent step;
  while (stream->Read(&step)) {
    outcome.steps.push_back(step);
    if (on_step) on_step(step);
  }
  outcome.status = stream->Finish();
  return outcome;
}

v1::ExecuteRequest ModuleProgram::Request(v1::OperationKind kind, const std::string& resource) const {
  v1::ExecuteRequest request;
  request.set_attempt(1);
  request.mutable_operation()->set_id(NewId());
  request.mutable_operation()->set_kind(kind);
  request.mutable_operation()->set_resource(resource);
  *request.mutable_operation()->mutable_properties() = properties_;
  return request;
}

v1::Health ModuleProgram::CheckHealth(const std::string& resource, bool thorough) {
  v1::ModuleCheckHealthRequest request;
  request.set_resource(resource);
  request.set_thorough(thorough);
  v1::ModuleCheckHealthResponse response;
  grpc::Status status = stub_->CheckHealth(Context().get(), request, &response);
  EXPECT_TRUE(status.ok()) << status.error_message();
  return response.health();
}

grpc::Status ModuleProgram::Terminate(const std::string& resource) {
  v1::ModuleTerminateRequest request;
  request.set_resource(resource);
  request.set_reason("test");
  v1::ModuleTerminateResponse response;
  return stub_->Terminate(Context().get(), request, &response);
}

void ModuleProgram::Cancel(const std::string& operation_id) {
  v1::ModuleCancelRequest request;
  request.set_operation_id(operation_id);
  v1::ModuleCancelResponse response;
  grpc::Status status = stub_->Cancel(Context().get(), request, &response);
  EXPECT_TRUE(status.ok()) << status.error_message();
}

void ModuleProgram::Set(const std::string& property, const std::string& text) { properties_[property].set_text(text); }

void ModuleProgram::Set(const std::string& property, const std::vector<std::string>& texts) {
  auto* list = properties_[property].mutable_text_list();
  list->clear_values();
  for (const std::string& text : texts) list->add_values(text);
}

std::string StagedProgram(const std::string& path) { return Program(BuildFolder() / "stage" / path); }

std::string BuiltProgram(const std::string& path) { return Program(BuildFolder() / path); }

std::unique_ptr<grpc::ClientContext> Context() {
  auto context = std::make_unique<grpc::ClientContext>();
  context->set_deadline(std::chrono::system_clock::now() + kCallTimeout);
  return context;
}

std::string TemporaryFolder(const std::string& name) {
  const ::testing::TestInfo* test = ::testing::UnitTest::GetInstance()->current_test_info();
  // Short, since a socket's path has little room.
  size_t number =
      std::hash<std::string>()(absl::StrCat(test->test_suite_name(), test->name(), name, sdk::ProgramPath()));
  std::filesystem::path folder = std::filesystem::temp_directory_path() / absl::StrCat("rb-", absl::Hex(number));
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  std::filesystem::permissions(folder, std::filesystem::perms::owner_all);
  return folder.generic_u8string();
}

}  // namespace resource_broker::testing
