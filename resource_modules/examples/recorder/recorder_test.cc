// The recorder's program, called as the broker does; and with it what every module does by the SDK.
#include <gmock/gmock.h>
#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>
#include <grpcpp/channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "absl/synchronization/notification.h"
#include "resource_modules/testing/module_program.h"

namespace resource_broker {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;
using testing::Context;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::ModuleProgram;
using testing::Outcome;

constexpr seconds kLongEnough(20);

class RecorderTest : public ::testing::Test {
 protected:
  RecorderTest() : module_("recorder", "test_modules"), folder_(testing::TemporaryFolder("records")) {
    module_.Set("RecordFile", folder_ + "/record");
  }

  std::vector<google::protobuf::Struct> Records(const std::string& name = "record") {
    std::vector<google::protobuf::Struct> records;
    std::ifstream file(std::filesystem::u8path(folder_ + "/" + name));
    for (std::string line; std::getline(file, line);) {
      EXPECT_TRUE(google::protobuf::util::JsonStringToMessage(line, &records.emplace_back()).ok()) << line;
    }
    return records;
  }

  Outcome Script(const std::string& script) {
    module_.Set("OnlineScript", script);
    return module_.Online("r1");
  }

  int64_t ExitCode() {
    EXPECT_TRUE(module_.tree().WaitForExit(steady_clock::now() + kLongEnough));
    return module_.tree().exit().value_or(process::ExitStatus{-2, 0}).code;
  }

  ModuleProgram module_;
  std::string folder_;
};

TEST_F(RecorderTest, Handshake_IsExactlyTheLineOfTheContract) {
  EXPECT_THAT(module_.handshake(), ::testing::StartsWith("RESOURCE-BROKER-MODULE|1|"));
  EXPECT_EQ(module_.handshake().find('\r'), std::string::npos);
}

TEST_F(RecorderTest, Operations_AreRecordedWithNullAndEmptyApart) {
  v1::ExecuteRequest request = module_.Request(v1::OFFLINE, "r1");
  request.mutable_operation()->set_flags(0xFFFFFFFF);
  request.mutable_operation()->set_reserved(0x80000000);
  EXPECT_EQ(module_.Execute(request).result().outcome(), v1::DONE);
  request = module_.Request(v1::OFFLINE, "r1");
  request.mutable_operation()->set_destination_node("");
  request.mutable_operation()->set_in_buffer("");
  module_.Execute(request);
  request = module_.Request(v1::OFFLINE, "r1");
  request.mutable_operation()->set_in_buffer("foobar");
  module_.Execute(request);
  auto records = Records();
  ASSERT_EQ(records.size(), 3);
  EXPECT_EQ(records[0].fields().at("kind").string_value(), "OFFLINE");
  EXPECT_EQ(records[0].fields().at("flags").number_value(), 4294967295.0);
  EXPECT_EQ(records[0].fields().at("reserved").number_value(), 2147483648.0);
  EXPECT_TRUE(records[0].fields().at("destination_node").has_null_value());
  EXPECT_TRUE(records[0].fields().at("in_buffer").has_null_value());
  EXPECT_EQ(records[1].fields().at("destination_node").string_value(), "");
  EXPECT_EQ(records[1].fields().at("in_buffer").struct_value().fields().at("size").number_value(), 0);
  const auto& in_buffer = records[2].fields().at("in_buffer").struct_value().fields();
  // The published value of FNV-1a for this text.
  EXPECT_EQ(in_buffer.at("fnv1a").string_value(), "85944171f73967e8");
  EXPECT_EQ(in_buffer.at("hex").string_value(), "666f6f626172");
}

TEST_F(RecorderTest, Script_StepsAreDoneInOrder) {
  Outcome outcome = Script("progress:10:one;wait:1;progress::two:three;progress:90:four;done;fail:1:never");
  EXPECT_EQ(outcome.result().outcome(), v1::DONE);
  EXPECT_EQ(outcome.messages(), "one\ntwo:three\nfour\n\n");
  EXPECT_EQ(Script("fail:1234:disk on fire: again").result().win32_code(), 1234);
  EXPECT_EQ(Script("fail:1234:disk on fire: again").result().message(), "disk on fire: again");
  EXPECT_EQ(Script("notnow:4:250").result().outcome(), v1::NOT_NOW);
  EXPECT_EQ(Script("notnow:4:250").result().status_flags(), 4);
  EXPECT_EQ(Script("notnow:4:250").result().retry_after_ms(), 250);
  EXPECT_THAT(Script("prog:1").result().message(), HasSubstr("prog:1"));
  v1::ExecuteRequest request = module_.Request(v1::ONLINE, "r1");
  request.mutable_operation()->set_in_buffer(R"({"Script": "fail:77:in buffer"})");
  EXPECT_EQ(module_.Execute(request).result().win32_code(), 77);
}

TEST_F(RecorderTest, WaitForAFile_EndsWhenItIsThere) {
  module_.Set("OnlineScript", "progress:1:waiting;waitfile:" + folder_ + "/go;done");
  Outcome outcome = module_.Execute(module_.Request(v1::ONLINE, "r1"), [&](const v1::ExecuteEvent& step) {
    if (step.has_progress()) std::ofstream(std::filesystem::u8path(folder_ + "/go")) << "x";
  });
  EXPECT_EQ(outcome.result().outcome(), v1::DONE);
}

TEST_F(RecorderTest, EndOfAnOperation_IsRecordedInAFileOfItsOwn) {
  module_.Set("EndFile", folder_ + "/end");
  Script("fail:5:no");
  ASSERT_EQ(Records("end").size(), 1);
  EXPECT_EQ(Records("end")[0].fields().at("outcome").string_value(), "OUTCOME_FAILED");
  EXPECT_EQ(Records("end")[0].fields().at("operation_id").string_value(),
            Records()[0].fields().at("operation_id").string_value());
}

TEST_F(RecorderTest, HoldForAFile_IsNotCancelled) {
  const std::string go = folder_ + "/go";
  module_.Set("OnlineScript", "progress:1:holding;holdfile:" + go + ";done");
  v1::ExecuteRequest request = module_.Request(v1::ONLINE, "r1");
  Outcome outcome = module_.Execute(request, [&](const v1::ExecuteEvent& step) {
    if (!step.has_progress()) return;
    v1::ModuleCancelRequest cancel;
    cancel.set_operation_id(request.operation().id());
    v1::ModuleCancelResponse response;
    EXPECT_TRUE(module_.stub().Cancel(Context().get(), cancel, &response).ok());
    std::ofstream(std::filesystem::u8path(go)) << "x";
  });
  EXPECT_EQ(outcome.result().outcome(), v1::DONE);
}

TEST_F(RecorderTest, Busy_UntilTheAttemptAfterThoseSaid) {
  module_.Set("OnlineScript", "busy:2:1:30;done");
  v1::ExecuteRequest request = module_.Request(v1::ONLINE, "r1");
  request.set_attempt(2);
  Outcome outcome = module_.Execute(request);
  EXPECT_EQ(outcome.result().outcome(), v1::NOT_NOW);
  EXPECT_EQ(outcome.result().retry_after_ms(), 30);
  request = module_.Request(v1::ONLINE, "r1");
  request.set_attempt(3);
  EXPECT_EQ(module_.Execute(request).result().outcome(), v1::DONE);
}

TEST_F(RecorderTest, Restore_DoesWhatTheRestoreScriptSays) {
  v1::ExecuteRequest request = module_.Request(v1::OFFLINE, "r1");
  request.mutable_operation()->set_in_buffer(R"({"Script": "fail:1:no", "RestoreScript": "fail:78:neither"})");
  request.set_restore(true);
  EXPECT_EQ(module_.Execute(request).result().win32_code(), 78);
  request = module_.Request(v1::OFFLINE, "r1");
  request.mutable_operation()->set_in_buffer(R"({"Script": "fail:1:no"})");
  request.set_restore(true);
  EXPECT_EQ(module_.Execute(request).result().outcome(), v1::DONE);
}

TEST_F(RecorderTest, Crash_EndsTheProcess) {
  EXPECT_EQ(Script("crash").status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(ExitCode(), 66);
  EXPECT_EQ(Records().size(), 1);
}

TEST_F(RecorderTest, Signals_ReachTheWatcher) {
  auto context = Context();
  auto watch = module_.stub().Watch(context.get(), v1::ModuleWatchRequest());
  Script("health:dead:gone;lock:7;failure:1:42:why");
  EXPECT_EQ(module_.CheckHealth("r1"), v1::ALIVE) << "online again after all";
  v1::ModuleNotification notification;
  ASSERT_TRUE(watch->Read(&notification));
  EXPECT_EQ(notification.message(), "gone");
  ASSERT_TRUE(watch->Read(&notification));
  EXPECT_EQ(notification.lock().reason(), 7);
  ASSERT_TRUE(watch->Read(&notification));
  EXPECT_EQ(notification.failure().application_error(), 42);
  context->TryCancel();
}

TEST_F(RecorderTest, StandardHealthService_SaysServing) {
  // grpc.health.v1.Health/Check of "" and its answer, status 1 (SERVING), in bytes: the proto is not ours.
  grpc::GenericStub stub(module_.channel());
  grpc::ByteBuffer request;
  grpc::ByteBuffer response;
  grpc::Slice empty;
  request = grpc::ByteBuffer(&empty, 1);
  auto context = Context();
  absl::Notification done;
  grpc::Status status;
  stub.UnaryCall(context.get(), "/grpc.health.v1.Health/Check", {}, &request, &response, [&](grpc::Status result) {
    status = std::move(result);
    done.Notify();
  });
  done.WaitForNotification();
  ASSERT_TRUE(status.ok()) << status.error_message();
  std::vector<grpc::Slice> slices;
  ASSERT_TRUE(response.Dump(&slices).ok());
  ASSERT_EQ(slices.size(), 1);
  EXPECT_EQ(std::string(reinterpret_cast<const char*>(slices[0].begin()), slices[0].size()), "\x08\x01");
}

TEST_F(RecorderTest, Stop_EndsTheProcessWithZeroAfterWhatRuns) {
  Outcome outcome;
  module_.Set("OnlineScript", "progress:1:begun;wait:300;done");
  outcome = module_.Execute(module_.Request(v1::ONLINE, "r1"), [&](const v1::ExecuteEvent& step) {
    if (!step.has_progress()) return;
    v1::ModuleStopRequest stop;
    stop.set_grace_ms(10000);
    v1::ModuleStopResponse response;
    EXPECT_TRUE(module_.stub().Stop(Context().get(), stop, &response).ok());
  });
  EXPECT_EQ(outcome.result().outcome(), v1::DONE);
  EXPECT_EQ(ExitCode(), 0);
}

TEST_F(RecorderTest, StdinCloses_TheModuleGoesOn) {
  EXPECT_EQ(Script("done").result().outcome(), v1::DONE);
  module_.CloseStdin();
  EXPECT_EQ(Script("done").result().outcome(), v1::DONE);
}

TEST_F(RecorderTest, StopWhileOneHangs_TheProcessEndsAllTheSame) {
  Outcome outcome;
  module_.Set("OnlineScript", "progress:1:begun;hang");
  outcome = module_.Execute(module_.Request(v1::ONLINE, "r1"), [&](const v1::ExecuteEvent& step) {
    if (!step.has_progress()) return;
    v1::ModuleStopResponse response;
    EXPECT_TRUE(module_.stub().Stop(Context().get(), v1::ModuleStopRequest(), &response).ok());
  });
  EXPECT_FALSE(outcome.status.ok());
  EXPECT_EQ(ExitCode(), 1);
}

// A run by hand: its exit code, and what it printed.
std::pair<int64_t, std::string> RunByHand(const std::vector<std::string>& arguments,
                                          const std::vector<std::pair<std::string, std::string>>& environment = {}) {
  process::ProcessSpec spec;
  spec.executable = testing::StagedProgram("test_modules/recorder/1.0.0/recorder");
  spec.arguments = arguments;
  spec.environment = environment;
  spec.with_streams = true;
  auto tree = process::ProcessTree::Start(spec);
  EXPECT_TRUE(tree.ok()) << tree.status();
  process::Streams streams = (*tree)->TakeStreams();
  EXPECT_TRUE((*tree)->WaitForExit(steady_clock::now() + kLongEnough));
  std::string text;
  char buffer[4096];
  while (size_t size = streams.out.Read(buffer, sizeof(buffer))) text.append(buffer, size);
  while (size_t size = streams.error.Read(buffer, sizeof(buffer))) text.append(buffer, size);
  return {(*tree)->exit().value_or(process::ExitStatus{-2, 0}).code, text};
}

TEST(RunModuleTest, ByHand_ItSaysWhatItIs) {
  auto [code, text] = RunByHand({});
  EXPECT_EQ(code, 2);
  EXPECT_THAT(text, HasSubstr("module of Resource Broker"));
  EXPECT_EQ(RunByHand({"--help"}).first, 0);
  EXPECT_THAT(RunByHand({"--help"}).second, HasSubstr("recorder 1.0.0"));
  EXPECT_THAT(RunByHand({"--version"}).second, HasSubstr("recorder 1.0.0"));
  EXPECT_EQ(RunByHand({"--nonsense"}).first, 2);
}

TEST(RunModuleTest, EndpointThatCannotBe_EndsWithTheReason) {
  auto [code, text] = RunByHand({}, {{"RESOURCE_BROKER_MODULE_ENDPOINT", "tcp:nonsense"}});
  EXPECT_EQ(code, 1);
  EXPECT_THAT(text, HasSubstr("tcp:nonsense"));
}

}  // namespace
}  // namespace resource_broker
