#include "broker_service/doctor/doctor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <fstream>
#include <functional>

#include "absl/strings/str_cat.h"
#include "broker_service/doctor/testing/installed_broker.h"
#include "broker_service/journal/journal_file.h"
#include "broker_service/journal/schema.h"
#include "broker_service/journal/sqlite.h"
#include "broker_service/remote/testing/key_file.h"

namespace resource_broker::broker::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::UnorderedElementsAreArray;

constexpr char kRemote[] =
    R"(, "remote": {"address": "127.0.0.1:0", "certificateFile": "node.pem", "keyFile": "node.key", )"
    R"("trustFile": "trust.pem"})";

void CertifyUntil(InstalledBroker& broker, absl::Duration ends) {
  CertificateSpec node;
  node.common_name = "node";
  node.begins = -absl::Hours(48);
  node.ends = ends;
  broker.Certify(broker.authority().Issue(node));
}

struct Row {
  const char* name;
  // Whether a broker runs when the fault is planted.
  bool runs;
  std::function<void(InstalledBroker&)> plant;
  const char* complaint;
  const char* mend;
};

std::vector<Row> Rows() {
  return {
      {"UnknownKey", true, [](InstalledBroker& broker) { broker.Configure(R"(, "limits": {"maxSesions": 1})"); },
       "configuration: error", "correct that place of the file"},
      {"FaultsAllowed", true, [](InstalledBroker& broker) { broker.Configure(R"(, "faults": {"allowed": true})"); },
       "configuration.faults: warning", "take \"faults\" out of the configuration"},
      {"NoBroker", true, [](InstalledBroker& broker) { broker.Stop(); }, "admin.address: error",
       "resource_broker start"},
      {"NoModulesFolder", false, [](InstalledBroker& broker) { fs::remove_all(broker.modules()); },
       "modules.folder: error", "correct modulesDirectory"},
      {"BrokenManifest", true,
       [](InstalledBroker& broker) { WriteFile(broker.modules() / "calm" / "1.0.0" / "manifest.json", "{"); },
       "modules.manifests: error", "stage the package again"},
      {"LeftoverOfAStaging", true,
       [](InstalledBroker& broker) { WriteFile(broker.modules() / ".staging" / "0011aabb" / "file", ""); },
       "modules.leftovers: warning", "restart the broker, which removes it"},
      {"DamagedJournal", false,
       [](InstalledBroker& broker) {
         std::fstream(broker.data() / "journal.db", std::ios::binary | std::ios::in | std::ios::out)
             << "Dear administrator,";
       },
       "journal: error", "moves it aside and begins a new one"},
      {"JournalOfANewerBroker", true,
       [](InstalledBroker& broker) {
         auto database = Database::Open(broker.data() / "journal.db", Database::Access::kReadWriteCreate);
         EXPECT_TRUE(database.ok() && database->Execute("PRAGMA user_version = 99").ok());
       },
       "journal: error", "do what the message says"},
      {"JournalOfAnOlderBroker", false,
       [](InstalledBroker& broker) {
         auto database = Database::Open(broker.data() / "journal.db", Database::Access::kReadWriteCreate);
         EXPECT_TRUE(database.ok() && database->Execute("PRAGMA user_version = 1").ok());
       },
       "journal: warning", "copy the file first"},
      {"DiskAlmostFull", true, [](InstalledBroker& broker) { broker.options().limits.low_disk_bytes = UINT64_MAX; },
       "disk: warning", "make room"},
      {"DiskFull", true, [](InstalledBroker& broker) { broker.options().limits.full_disk_bytes = UINT64_MAX; },
       "disk: error", "make room"},
      {"ClockWasSetBack", true,
       [](InstalledBroker& broker) {
         fs::last_write_time(broker.options().program, fs::file_time_type::clock::now() + std::chrono::hours(24));
       },
       "clock: error", "set the clock"},
      {"AnotherVersionRuns", true, [](InstalledBroker& broker) { broker.options().version = "9.9.9"; },
       "version.broker: warning", "resource_broker upgrade"},
      {"NoBridgeLibrary", true, [](InstalledBroker& broker) { fs::remove_all(broker.options().program.parent_path()); },
       "version.bridge: warning", "install it beside the broker"},
      {"CertificateExpired", true, [](InstalledBroker& broker) { CertifyUntil(broker, -absl::Hours(1)); },
       "remote.certificate: error", "issue a new one"},
      {"CertificateExpiresSoon", true, [](InstalledBroker& broker) { CertifyUntil(broker, absl::Hours(24 * 10)); },
       "remote.certificate: warning", "issue a new one"},
      {"KeyOfAnotherCertificate", true,
       [](InstalledBroker& broker) {
         WriteKeyFile(broker.folder() / "node.key", broker.authority().Issue({"another", {}}).key);
       },
       "remote.certificate: error", "correct that file"},
      {"RootsOfOthers", true,
       [](InstalledBroker& broker) {
         WriteFile(broker.folder() / "trust.pem", CertificateAuthority("Strangers").certificate());
       },
       "remote.trust: warning", "the authorities between"},
      {"NobodyListensAtThePort", true,
       [](InstalledBroker& broker) {
         // A privileged port nobody has.
         broker.Configure(absl::StrCat(R"(, "remote": {"address": "127.0.0.1:1", "certificateFile": "node.pem", )",
                                       R"("keyFile": "node.key", "trustFile": "trust.pem"})"));
       },
       "remote.port: error", "restart the broker"},
  };
}

class DoctorTest : public ::testing::TestWithParam<Row> {};

TEST_P(DoctorTest, PlantedFault_ExactlyTheRightCheckComplainsAndNamesTheMend) {
  const Row& row = GetParam();
  InstalledBroker broker;
  broker.Configure(kRemote);
  if (row.runs) {
    broker.Start();
  } else {
    // What a broker that has ended left.
    ASSERT_TRUE(OpenJournalFile(broker.data() / "journal.db", {}).ok());
  }
  std::vector<std::string> expected = broker.Complaints();
  if (row.runs) {
    for (const std::string& complaint : expected) EXPECT_THAT(complaint, Not(HasSubstr("error")));
  }
  EXPECT_THAT(expected, Not(Contains(row.complaint)));
  row.plant(broker);
  const std::string check(row.complaint, std::string(row.complaint).find(':'));
  EXPECT_THAT(broker.MendOf(check), HasSubstr(row.mend));
  expected.emplace_back(row.complaint);
  EXPECT_THAT(broker.Complaints(), UnorderedElementsAreArray(expected));
}

INSTANTIATE_TEST_SUITE_P(Faults, DoctorTest, ::testing::ValuesIn(Rows()),
                         [](const ::testing::TestParamInfo<Row>& info) { return info.param.name; });

TEST(DoctorReportTest, Findings_AreSaidLineByLineAndTheWorstCounts) {
  Findings findings;
  EXPECT_EQ(WorstOf(findings.all()), FindingResult::kOk);
  findings.Ok("disk", "9 MiB are free");
  findings.Warning("service", "it is \"old\"", "renew it");
  EXPECT_EQ(WorstOf(findings.all()), FindingResult::kWarning);
  EXPECT_EQ(FindingsAsText(findings.all()),
            "ok       disk: 9 MiB are free\n"
            "warning  service: it is \"old\"\n"
            "         -> renew it\n");
  EXPECT_THAT(FindingsAsJson(findings.all()), HasSubstr(R"("evidence":"it is \"old\"")"));
  EXPECT_THAT(FindingsAsJson(findings.all()), HasSubstr(R"("result":"warning")"));
  findings.Error("journal", "it is damaged", "restart");
  EXPECT_EQ(WorstOf(findings.all()), FindingResult::kError);
}

}  // namespace
}  // namespace resource_broker::broker::testing
