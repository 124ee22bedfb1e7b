// A module whose program is a script: its process runs env, and then the interpreter.
#include <filesystem>

#include "broker_service/modules/testing/supervisor_fixture.h"

namespace resource_broker::broker::testing {
namespace {

namespace fs = std::filesystem;

class ScriptAdoptionTest : public SupervisorTest {
 protected:
  ScriptAdoptionTest() {
    options_.running_directory = folder_.path() / "running";
    Restart();
  }
};

TEST_F(ScriptAdoptionTest, BrokerEnds_TheNextGoesOnWithTheInterpretersProcess) {
  Install("m", "good");
  const fs::path folder = options_.modules_directory / "m" / "1.0.0";
  WriteFile(folder / "run", "#!/usr/bin/env sh\nexec ./broker_test_module good\n");
  fs::permissions(folder / "run", fs::perms::owner_all);
  WriteFile(folder / "manifest.json",
            R"({"name": "m", "version": "1.0.0", "min_protocol": 1, "max_protocol": 1, "command": "run"})");
  RunToEnd("m");
  const uint32_t process_id = StatusOf("m").process_id();
  ASSERT_NE(process_id, 0U);
  supervisor_->LetGo();
  Restart();
  supervisor_->Adopt();
  EXPECT_EQ(RunToEnd("m").result.outcome(), v1::DONE);
  EXPECT_EQ(StatusOf("m").process_id(), process_id);
}

}  // namespace
}  // namespace resource_broker::broker::testing
