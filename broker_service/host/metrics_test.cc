// Metrics as Prometheus reads them, and what documentation, dashboard and alerts say of them.
#include <openssl/bio.h>

#include <fstream>
#include <iterator>
#include <map>
#include <regex>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "broker_service/api/testing/broker_fixture.h"
#include "broker_service/metrics/metrics_server.h"
#include "resource_broker/v1/entry_point_buckets.h"

namespace resource_broker::broker::testing {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

std::string Get(int port, const std::string& path) {
  const std::unique_ptr<BIO, decltype(&BIO_free_all)> connection(
      BIO_new_connect(absl::StrCat("127.0.0.1:", port).c_str()), &BIO_free_all);
  if (connection == nullptr || BIO_do_connect(connection.get()) <= 0) return "can't connect";
  const std::string request = absl::StrCat("GET ", path, " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  if (BIO_write(connection.get(), request.data(), static_cast<int>(request.size())) <= 0) return "can't write";
  std::string answer;
  char bytes[4096];
  for (int got = 0; (got = BIO_read(connection.get(), bytes, sizeof(bytes))) > 0;) {
    answer.append(bytes, static_cast<size_t>(got));
  }
  return answer;
}

std::string Read(const std::string& file) {
  std::ifstream stream(absl::StrCat(RESOURCE_BROKER_SOURCES, "/", file), std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
  EXPECT_FALSE(text.empty()) << file;
  return text;
}

class MetricsTest : public BrokerTest {
 protected:
  void SetUp() override {
    config_.mutable_metrics()->set_address("127.0.0.1:0");
    Start();
    ASSERT_FALSE(HasFatalFailure());
    OpenSession();
    ASSERT_TRUE(OpenResource("r").ok());
  }

  // Values by their names with labels, as "name{label=\"value\"}".
  std::map<std::string, double> Scrape() {
    text_ = Get(broker_->metrics_port(), "/metrics");
    std::map<std::string, double> values;
    for (absl::string_view line : absl::StrSplit(text_, '\n')) {
      line = absl::StripAsciiWhitespace(line);
      const size_t space = line.rfind(' ');
      double value = 0;
      if (line.empty() || line[0] == '#' || space == absl::string_view::npos) continue;
      if (absl::SimpleAtod(line.substr(space + 1), &value)) values[std::string(line.substr(0, space))] = value;
    }
    return values;
  }
  // The names Prometheus knows of each family that is served.
  std::map<std::string, std::set<std::string>> Families() {
    Scrape();
    std::map<std::string, std::set<std::string>> families;
    for (absl::string_view line : absl::StrSplit(text_, '\n')) {
      const std::vector<std::string> words = absl::StrSplit(absl::StripAsciiWhitespace(line), ' ');
      if (words.size() != 4 || words[1] != "TYPE" || words[2].rfind("resource_broker_", 0) != 0) continue;
      std::set<std::string>& names = families[words[2]];
      if (words[3] != "histogram") {
        names.insert(words[2]);
      } else {
        for (const char* part : {"_bucket", "_sum", "_count"}) names.insert(words[2] + part);
      }
    }
    return families;
  }

  std::string text_;
};

TEST_F(MetricsTest, OperationsOfAllKinds_AreCountedWithTheirTimes) {
  RunToEnd(Operation("r", "done"));
  RunToEnd(Operation("r", "fail", v1::ONLINE));
  RunToEnd(Operation("r", "done", v1::ONLINE));
  const auto values = Scrape();
  EXPECT_THAT(text_, HasSubstr("200 OK"));
  EXPECT_EQ(values.at(R"(resource_broker_operations_total{kind="offline",module="m",outcome="succeeded"})"), 1);
  EXPECT_EQ(values.at(R"(resource_broker_operations_total{kind="online",module="m",outcome="failed"})"), 1);
  EXPECT_EQ(values.at(R"(resource_broker_operations_total{kind="online",module="m",outcome="refused"})"), 0);
  EXPECT_EQ(values.at(R"(resource_broker_operation_run_seconds_count{kind="online",module="m"})"), 2);
  EXPECT_EQ(values.at(R"(resource_broker_operation_queue_seconds_count{kind="offline",module="m"})"), 1);
  EXPECT_GT(values.at("resource_broker_journal_commit_seconds_count"), 0);
  EXPECT_EQ(values.at(R"(resource_broker_sessions{connected="true"})"), 1);
  EXPECT_EQ(values.at("resource_broker_resources_open"), 1);
  EXPECT_EQ(values.at("resource_broker_operations_running"), 0);
  EXPECT_EQ(values.at(R"(resource_broker_module_state{module="m",state="ready"})"), 1);
  EXPECT_EQ(values.at(R"(resource_broker_module_restarts_total{module="m"})"), 0);
  EXPECT_EQ(values.at(absl::StrCat("resource_broker_build_info{version=\"", RESOURCE_BROKER_VERSION, "\"}")), 1);
  EXPECT_GT(values.at("resource_broker_start_time_seconds"), 1.7e9);
}

TEST_F(MetricsTest, ReportsOfABridge_AddUpAndBadOnesAreRefused) {
  v1::ReportUsageRequest report;
  report.set_session_id(session_);
  report.set_reconnects(2);
  v1::EntryPointUsage* usage = report.add_entry_points();
  usage->set_entry_point(v1::EntryPointUsage::IS_ALIVE);
  for (size_t i = 0; i <= kEntryPointBucketsUs.size(); ++i) usage->add_buckets(i == 1 ? 3 : 0);
  usage->set_total_us(500000);
  // One that a later bridge has.
  *report.add_entry_points() = *usage;
  report.mutable_entry_points(1)->set_entry_point(static_cast<v1::EntryPointUsage::EntryPoint>(50));
  v1::ReportUsageResponse response;
  for (int i = 0; i < 2; ++i) ASSERT_TRUE(bridge_->ReportUsage(Context().get(), report, &response).ok());
  const auto values = Scrape();
  EXPECT_EQ(values.at(R"(resource_broker_entry_point_seconds_count{entry_point="is_alive"})"), 6);
  EXPECT_EQ(values.at(R"(resource_broker_entry_point_seconds_sum{entry_point="is_alive"})"), 1);
  EXPECT_EQ(values.at(R"(resource_broker_entry_point_seconds_bucket{entry_point="is_alive",le="0.0001"})"), 0);
  EXPECT_EQ(values.at(R"(resource_broker_entry_point_seconds_bucket{entry_point="is_alive",le="0.00025"})"), 6);
  EXPECT_EQ(values.at("resource_broker_bridge_reconnects_total"), 4);
  usage = report.mutable_entry_points(0);
  usage->mutable_buckets()->RemoveLast();
  grpc::Status refused = bridge_->ReportUsage(Context().get(), report, &response);
  EXPECT_EQ(refused.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(refused.error_message(), HasSubstr("entry_points[0].buckets"));
  report.clear_entry_points();
  report.set_session_id(std::string(16, 'x'));
  EXPECT_EQ(bridge_->ReportUsage(Context().get(), report, &response).error_code(), grpc::StatusCode::NOT_FOUND);
}

TEST_F(MetricsTest, MoreModulesThanLabelsMayBe_TheRestIsOther) {
  for (int i = 0; i < 103; ++i) {
    v1::StartOperationRequest request = Operation("r", "done");
    request.mutable_operation()->set_module(absl::StrCat("none", i));
    EXPECT_TRUE(RunToEnd(request).back().has_final());
  }
  const auto values = Scrape();
  EXPECT_EQ(values.at(R"(resource_broker_operations_total{kind="offline",module="none99",outcome="failed"})"), 1);
  EXPECT_EQ(values.count(R"(resource_broker_operations_total{kind="offline",module="none100",outcome="failed"})"), 0U);
  EXPECT_EQ(values.at(R"(resource_broker_operations_total{kind="offline",module="other",outcome="failed"})"), 3);
}

TEST_F(MetricsTest, AnotherPath_IsNotFound) { EXPECT_THAT(Get(broker_->metrics_port(), "/"), HasSubstr("404")); }

TEST_F(MetricsTest, DocumentationDashboardAndAlerts_NameWhatIsServedAndNothingElse) {
  RunToEnd(Operation("r", "done"));
  const auto families = Families();
  ASSERT_GT(families.size(), 15U);
  std::set<std::string> names;
  for (const auto& [family, members] : families) names.insert(members.begin(), members.end());
  const std::regex name_of("resource_broker_[a-z0-9_]+");
  std::map<std::string, std::set<std::string>> used;
  for (const char* file : {"docs/metrics.md", "deploy/grafana/resource_broker.json", "deploy/prometheus/alerts.yml"}) {
    const std::string text = Read(file);
    for (std::sregex_iterator found(text.begin(), text.end(), name_of), end; found != end; ++found) {
      used[file].insert(found->str());
    }
    EXPECT_GT(used[file].size(), 4U) << file;
  }
  // The documentation speaks of families.
  for (const std::string& name : used["docs/metrics.md"]) EXPECT_EQ(families.count(name), 1U) << name;
  for (const auto& [family, members] : families) EXPECT_THAT(used["docs/metrics.md"], Contains(family));
  for (const char* file : {"deploy/grafana/resource_broker.json", "deploy/prometheus/alerts.yml"}) {
    for (const std::string& name : used[file]) EXPECT_EQ(names.count(name), 1U) << file << ": " << name;
  }
}

TEST_F(MetricsTest, AddressIsTaken_TheBrokerServesAllTheSameAndSaysSo) {
  BrokerTest::Stop();
  const auto taken = MetricsServer::Start("127.0.0.1:0", {});
  ASSERT_TRUE(taken.ok()) << taken.status();
  config_.mutable_metrics()->set_address(absl::StrCat("127.0.0.1:", (*taken)->port()));
  Start();
  EXPECT_EQ(broker_->metrics_port(), 0);
  ASSERT_GT(GetStatus().notices_size(), 0);
  EXPECT_THAT(GetStatus().notices(0), HasSubstr("metrics.address"));
}

}  // namespace
}  // namespace resource_broker::broker::testing
