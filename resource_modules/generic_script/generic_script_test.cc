#include <gmock/gmock.h>
#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

#include "resource_modules/process/testing/running.h"
#include "resource_modules/testing/module_program.h"

namespace resource_broker {
namespace {

using process::IsRunning;
using process::KillProcess;
using testing::BuiltProgram;
using ::testing::HasSubstr;
using testing::ModuleProgram;
using ::testing::Not;
using testing::Outcome;

class GenericScriptTest : public ::testing::Test {
 protected:
  GenericScriptTest() : module_("generic_script"), folder_(testing::TemporaryFolder("scripts")) {
    module_.Set("Executable", BuiltProgram("resource_modules/generic_script/script_subject"));
  }

  void Mode(const std::string& mode) { module_.Set("Arguments", {folder_, mode}); }

  google::protobuf::Struct Input(const std::string& step) {
    std::ifstream file(std::filesystem::u8path(folder_ + "/" + step + ".json"), std::ios::binary);
    std::string json(std::istreambuf_iterator<char>(file), {});
    google::protobuf::Struct input;
    EXPECT_TRUE(google::protobuf::util::JsonStringToMessage(json, &input).ok()) << json;
    return input;
  }

  // The number that the script says in its only progress line.
  static uint32_t NumberIn(const v1::ExecuteEvent& step) {
    const std::string& text = step.progress().message();
    return !text.empty() && text[0] >= '0' && text[0] <= '9' ? static_cast<uint32_t>(std::stoul(text)) : 0;
  }

  ModuleProgram module_;
  std::string folder_;
};

TEST_F(GenericScriptTest, ScriptSucceeds_OperationIsDoneAndItsProgressIsReported) {
  Mode("good");
  Outcome online = module_.Online("r1");
  EXPECT_EQ(online.result().outcome(), v1::DONE) << online.result().message();
  EXPECT_THAT(online.messages(), HasSubstr("first \xEF\xBF\xBD half\nsecond half\n"));
  EXPECT_THAT(online.messages(), Not(HasSubstr("nonsense")));
  EXPECT_THAT(online.messages(), Not(HasSubstr("hello")));
  EXPECT_EQ(online.steps[1].progress().percent(), 30);
  EXPECT_EQ(Input("online").fields().at("step").string_value(), "online");
}

TEST_F(GenericScriptTest, Offline_TheScriptGetsAllThatRhsSaid) {
  Mode("good");
  v1::ExecuteRequest request = module_.Request(v1::OFFLINE, "r\xC3\xA4ume");
  v1::OperationRequest& operation = *request.mutable_operation();
  operation.set_flags(0xFFFFFFFF);
  operation.set_destination_node("NODE2");
  operation.set_in_buffer(std::string("\x00\xFF\x01", 3));
  operation.set_reserved(7);
  (*operation.mutable_properties())["Number"].set_number(4711);
  (*operation.mutable_properties())["Large"].set_big_number(UINT64_MAX);
  Outcome offline = module_.Execute(request);
  EXPECT_EQ(offline.result().outcome(), v1::DONE) << offline.result().message();
  google::protobuf::Struct input = Input("offline");
  const auto& fields = input.fields();
  EXPECT_EQ(fields.at("resource").string_value(), "r\xC3\xA4ume");
  EXPECT_EQ(fields.at("flags").number_value(), 4294967295.0);
  EXPECT_EQ(fields.at("destinationNode").string_value(), "NODE2");
  EXPECT_EQ(fields.at("inBuffer").string_value(), "AP8B");
  EXPECT_EQ(fields.at("reserved").number_value(), 7);
  EXPECT_TRUE(fields.at("hard").bool_value());
  const auto& properties = fields.at("properties").struct_value().fields();
  EXPECT_EQ(properties.at("Number").number_value(), 4711);
  EXPECT_EQ(properties.at("Large").string_value(), "18446744073709551615");
  EXPECT_EQ(properties.at("Arguments").list_value().values_size(), 2);
}

TEST_F(GenericScriptTest, NullDestinationAndInBuffer_AreNull) {
  Mode("good");
  module_.Offline("r1");
  google::protobuf::Struct input = Input("offline");
  EXPECT_TRUE(input.fields().at("destinationNode").has_null_value());
  EXPECT_TRUE(input.fields().at("inBuffer").has_null_value());
}

TEST_F(GenericScriptTest, ScriptFails_ItsCodeAndLastWordsAreReported) {
  Mode("bad");
  Outcome online = module_.Online("r1");
  EXPECT_EQ(online.result().outcome(), v1::OUTCOME_FAILED);
  EXPECT_EQ(online.result().module_code(), 3);
  EXPECT_THAT(online.result().message(), HasSubstr("the disk is on fire"));
}

TEST_F(GenericScriptTest, ScriptSaysNotNow_TheSameOperationMayAskAgain) {
  Mode("not-now");
  v1::ExecuteRequest request = module_.Request(v1::OFFLINE, "r1");
  Outcome first = module_.Execute(request);
  EXPECT_EQ(first.result().outcome(), v1::NOT_NOW);
  EXPECT_EQ(first.result().status_flags(), 1);
  EXPECT_THAT(first.result().message(), HasSubstr("come back later"));
  request.set_attempt(2);
  (*request.mutable_operation()->mutable_properties())["Arguments"].mutable_text_list()->set_values(1, "good");
  EXPECT_EQ(module_.Execute(request).result().outcome(), v1::DONE);
}

TEST_F(GenericScriptTest, ScriptTakesTooLong_IsEnded) {
  Mode("stuck");
  v1::ExecuteRequest request = module_.Request(v1::OFFLINE, "r1");
  request.mutable_operation()->set_in_buffer(R"({"TimeoutMs": 1500})");
  uint32_t process_id = 0;
  Outcome offline = module_.Execute(request, [&](const v1::ExecuteEvent& step) {
    if (uint32_t number = NumberIn(step)) process_id = number;
  });
  EXPECT_EQ(offline.result().outcome(), v1::OUTCOME_FAILED);
  EXPECT_EQ(offline.result().win32_code(), 1460);
  ASSERT_NE(process_id, 0);
  EXPECT_FALSE(IsRunning(process_id));
}

TEST_F(GenericScriptTest, OperationCancelled_TheScriptIsEnded) {
  Mode("stuck");
  v1::ExecuteRequest request = module_.Request(v1::ONLINE, "r1");
  uint32_t process_id = 0;
  Outcome online = module_.Execute(request, [&](const v1::ExecuteEvent& step) {
    if (uint32_t number = NumberIn(step)) {
      process_id = number;
      module_.Cancel(request.operation().id());
    }
  });
  EXPECT_EQ(online.result().outcome(), v1::OUTCOME_CANCELLED);
  EXPECT_FALSE(IsRunning(process_id));
}

TEST_F(GenericScriptTest, ResourceTerminated_TheScriptIsEndedAndTheTerminateStepRuns) {
  Mode("stuck");
  uint32_t process_id = 0;
  std::thread terminator;
  v1::ExecuteRequest request = module_.Request(v1::ONLINE, "r1");
  (*request.mutable_operation()->mutable_properties())["HealthTimeoutMs"].set_number(300);
  Outcome online = module_.Execute(request, [&](const v1::ExecuteEvent& step) {
    if (uint32_t number = NumberIn(step)) {
      process_id = number;
      terminator = std::thread([&] { EXPECT_TRUE(module_.Terminate("r1").ok()); });
    }
  });
  terminator.join();
  EXPECT_EQ(online.result().outcome(), v1::OUTCOME_TERMINATED);
  EXPECT_FALSE(IsRunning(process_id));
  EXPECT_EQ(Input("terminate").fields().at("resource").string_value(), "r1");
}

TEST_F(GenericScriptTest, ScriptLeavesADaemonWithItsStreams_TheOperationEndsAndTheDaemonLives) {
  Mode("daemon");
  uint32_t daemon = 0;
  Outcome online = module_.Execute(module_.Request(v1::ONLINE, "r1"), [&](const v1::ExecuteEvent& step) {
    if (uint32_t number = NumberIn(step)) daemon = number;
  });
  EXPECT_EQ(online.result().outcome(), v1::DONE) << online.result().message();
  ASSERT_NE(daemon, 0);
  EXPECT_TRUE(IsRunning(daemon));
  KillProcess(daemon);
}

TEST_F(GenericScriptTest, ScriptFloodsItsOutput_OperationIsDone) {
  Mode("flood");
  EXPECT_EQ(module_.Online("r1").result().outcome(), v1::DONE);
}

TEST_F(GenericScriptTest, ScriptThatDoesNotReadALargeInput_OperationIsDone) {
  Mode("deaf");
  v1::ExecuteRequest request = module_.Request(v1::OFFLINE, "r1");
  request.mutable_operation()->set_in_buffer(std::string(1 << 20, 'x'));
  EXPECT_EQ(module_.Execute(request).result().outcome(), v1::DONE);
}

TEST_F(GenericScriptTest, HealthChecks_RunTheirSteps) {
  Mode("good");
  module_.Online("r1");
  EXPECT_EQ(module_.CheckHealth("r1", false), v1::ALIVE);
  EXPECT_EQ(Input("looks-alive").fields().at("resource").string_value(), "r1");
  EXPECT_EQ(module_.CheckHealth("r1", true), v1::ALIVE);
  EXPECT_EQ(Input("is-alive").fields().at("resource").string_value(), "r1");
  Mode("bad");
  module_.Online("r1");
  EXPECT_EQ(module_.CheckHealth("r1", true), v1::DEAD);
}

TEST_F(GenericScriptTest, ProgramDoesNotExist_FailsAndNamesIt) {
  module_.Set("Executable", folder_ + "/no_such_program");
  Outcome online = module_.Online("r1");
  EXPECT_EQ(online.result().win32_code(), 2);
  EXPECT_THAT(online.result().message(), HasSubstr("no_such_program"));
}

}  // namespace
}  // namespace resource_broker
