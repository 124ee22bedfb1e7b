#include "clients/brokerctl/testing/cluster.h"

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "clients/brokerctl/private_file.h"
#include "gtest/gtest.h"

namespace resource_broker::brokerctl {
namespace {

constexpr int64_t kMorning = 1'795'000'000'000'000;

void FillStatus(const std::string& name, v1::GetStatusResponse* status) {
  status->mutable_choice()->set_component("resource_broker");
  status->mutable_choice()->set_component_version("1.0.0");
  status->set_node(name);
  status->set_process_id(4242);
  status->set_uptime_ms(3'661'000);
  status->set_operations_running(1);
  status->set_operations_ended(1);
  v1::SessionStatus* session = status->add_sessions();
  session->set_session_id(absl::HexStringToBytes("00112233445566778899aabbccddeeff"));
  session->set_process_id(77);
  session->set_node(name);
  session->set_component("resource_bridge 1.0.0");
  session->set_connected(true);
  session->set_resources(2);
  v1::ResourceStatus* gateway = status->add_resources();
  gateway->set_resource(absl::StrCat("SQL Gateway ", name));
  gateway->set_resource_type("Resource Broker");
  gateway->set_module("sql_gateway");
  gateway->set_state(v1::RESOURCE_ONLINE);
  gateway->set_health(v1::ALIVE);
  gateway->set_open(true);
  gateway->set_intended_state(v1::RESOURCE_ONLINE);
  v1::ResourceStatus* disk = status->add_resources();
  disk->set_resource("диск");
  disk->set_resource_type("Resource Broker");
  disk->set_module("generic_service");
  disk->set_state(v1::RESOURCE_FAILED);
  disk->set_locked(true);
  disk->set_locked_by_administrator(true);
  disk->set_lock_reason("index rebuild");
  v1::ModuleStatus* module = status->add_modules();
  module->set_name("sql_gateway");
  module->set_version("2.3.0");
  module->set_process_id(99);
  module->set_state(v1::ModuleStatus::READY);
}

v1::OperationRecord Operation(const std::string& id, const std::string& resource) {
  v1::OperationRecord record;
  v1::OperationRequest* operation = record.mutable_operation();
  operation->set_id(absl::HexStringToBytes(id));
  operation->set_kind(v1::OFFLINE);
  operation->set_resource(resource);
  operation->set_resource_type("Resource Broker");
  operation->set_module("sql_gateway");
  operation->set_flags(0x24);
  operation->set_destination_node("NODE9");
  v1::Event* accepted = record.add_events();
  accepted->set_sequence(1);
  accepted->set_kind(v1::ACCEPTED);
  accepted->set_time_unix_us(kMorning);
  return record;
}

void FillOperations(const std::string& name, FakeAdmin* admin) {
  const std::string digit(1, name.back());
  v1::OperationRecord refused =
      Operation(absl::StrCat(digit, "0112233445566778899aabbccddeeff"), absl::StrCat("SQL Gateway ", name));
  v1::Event* end = refused.add_events();
  end->set_sequence(2);
  end->set_kind(v1::REFUSED);
  end->set_time_unix_us(kMorning + 1'500'000);
  end->set_message("locked by an administrator");
  end->mutable_final()->set_state(v1::RESOURCE_ONLINE);
  end->mutable_final()->set_win32_code(5960);
  end->mutable_final()->set_status_flags(1);
  admin->AddOperation(refused);
  v1::OperationRecord running = Operation(absl::StrCat(digit, "f112233445566778899aabbccddeeff"), "диск");
  v1::Event* event = running.add_events();
  event->set_sequence(2);
  event->set_kind(v1::PROGRESS);
  event->set_percent(40);
  event->set_time_unix_us(kMorning + 2'000'000);
  admin->AddOperation(running);
}

void FillModules(v1::ListModuleVersionsResponse* versions) {
  v1::ModuleVersions* module = versions->add_modules();
  module->set_name("sql_gateway");
  module->set_active("2.3.0");
  module->add_previous("2.2.0");
  module->set_canary("2.4.0");
  module->set_canary_percent(10);
  module->set_rolled_back("sql_gateway 2.4.1 failed twice");
  for (const char* version : {"2.4.0", "2.3.0", "2.2.0"}) {
    v1::ModuleVersions::VersionStatus* status = module->add_versions();
    status->set_version(version);
    status->set_state(v1::ModuleStatus::READY);
    status->set_process_id(99);
    status->set_resources(5);
  }
}

void FillReport(const std::string& name, v1::DiagnosticsReport* report) {
  report->set_node(name);
  report->set_process_id(4242);
  report->set_started_unix_us(kMorning);
  report->set_threads(23);
  report->set_handles(145);
  report->set_memory_bytes(50 << 20);
  report->set_journal_bytes(123'456);
  report->set_disk_free_bytes(uint64_t{90} << 30);
  v1::DiagnosticsReport::SlowStep* step = report->add_slow_steps();
  step->set_name("module.open");
  step->set_subject("диск");
  step->set_duration_ms(4000);
  v1::DiagnosticsReport::Component* component = report->add_components();
  component->set_name("broker");
  component->set_version("1.0.0");
  component->set_detail("GCC, Release");
  (*report->mutable_connections())["spiffe://corp/alice"] = 2;
}

void FillAudit(v1::ListAuditRecordsResponse* audit) {
  v1::AuditRecord* paused = audit->add_records();
  paused->set_sequence(2);
  paused->set_unix_us(kMorning);
  paused->set_identity("spiffe://corp/alice");
  paused->set_from("10.1.2.3:51812");
  paused->set_role("operator");
  paused->set_method("Queue.PauseQueue");
  paused->set_before("open");
  paused->set_after("paused: storage");
  v1::AuditRecord* refused = audit->add_records();
  refused->set_sequence(1);
  refused->set_unix_us(kMorning);
  refused->set_from("10.9.9.9:1");
  refused->set_method("connect");
  refused->set_code(16);
  refused->set_message("no certificate");
  refused->set_repeated(7);
}

}  // namespace

void FillBroker(const std::string& name, FakeBroker* broker) {
  FillStatus(name, broker->admin().mutable_status());
  FillOperations(name, &broker->admin());
  FakeAnswers* answers = broker->answers();
  FillModules(&answers->versions);
  FillReport(name, &answers->report);
  FillAudit(&answers->audit);
  answers->queue.set_queued(3);
  answers->queue.set_running(1);
  answers->queue.mutable_limits()->set_max_running_operations(1024);
  v1::QueueStatus::Line* line = answers->queue.add_modules();
  line->set_name("sql_gateway");
  line->set_running(1);
  line->set_waiting(3);
  answers->configuration.set_json("{\n \"logLevel\": \"info\"\n}\n");
  answers->configuration.set_file("/etc/resource-broker/broker.json");
  answers->configuration.set_loaded_unix_us(kMorning);
  answers->check.set_error("limits.maxSessions: must be from 1");
  answers->check.add_live("logLevel");
  answers->check.add_needs_restart("adminAddress");
  answers->log = {"one", "two", "three \x1b[2J"};
  v1::ActivationStep* step = answers->activated.add_steps();
  step->set_name("started");
  step->set_duration_us(1500);
  answers->activated.set_previous("2.2.0");
}

Cluster::Cluster() {
  ca_ = *MakeCa("Test CA", {});
  client_ = *MakeClientIdentity(ca_, "alice", "spiffe://resource-broker/admin/alice", {});
  const Identity node = *MakeNodeIdentity(ca_, {"localhost", "127.0.0.1"}, {});
  first_ = std::make_unique<FakeBroker>(node, ca_.certificate);
  second_ = std::make_unique<FakeBroker>(node, ca_.certificate);
  FillBroker("NODE1", first_.get());
  FillBroker("NODE2", second_.get());
}

std::string Cluster::path(const std::string& name) const {
  return (std::filesystem::path(folder_.path()) / name).u8string();
}

std::string Cluster::Write(const std::string& name, const std::string& text) {
  const absl::Status status = ReplacePrivateFile(path(name), text);
  EXPECT_TRUE(status.ok()) << status;
  return path(name);
}

std::vector<std::string> Cluster::As(const Identity& client, const std::string& ca) {
  const std::string stem = absl::StrCat("client", ++written_);
  return {"--ca",  Write(stem + "-ca.crt", ca),     "--cert", Write(stem + ".crt", client.certificate),
          "--key", Write(stem + ".key", client.key)};
}

CommandRun Cluster::Run(std::vector<std::string> arguments, const std::vector<std::string>& nodes,
                        const Terminal& terminal) {
  const std::vector<std::string> both = {first_->node(), second_->node()};
  for (const std::string& node : nodes.empty() ? both : nodes) {
    arguments.insert(arguments.end(), {"--node", node});
  }
  for (const std::string& word : As(client_, ca_.certificate)) arguments.push_back(word);
  CommandRun run = RunLine(std::move(arguments), terminal);
  run.out = Named(run.out);
  run.errors = Named(run.errors);
  return run;
}

std::string Cluster::Named(std::string text) const {
  return absl::StrReplaceAll(text, {{first_->node(), "node-1.lan:7443"}, {second_->node(), "node-2.lan:7443"}});
}

}  // namespace resource_broker::brokerctl
