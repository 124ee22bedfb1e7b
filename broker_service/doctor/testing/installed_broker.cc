#include "broker_service/doctor/testing/installed_broker.h"

#include <grpcpp/channel.h>
#include <gtest/gtest.h>

#include <chrono>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "broker_service/doctor/checks.h"
#include "broker_service/modules/private_folder.h"
#include "broker_service/remote/testing/key_file.h"
#include "ipc/channel.h"

namespace resource_broker::broker::testing {
InstalledBroker::InstalledBroker()
    : bridge_address_(ipc::PrivateAddress("bridge", bridge_folder().u8string())),
      admin_address_(ipc::PrivateAddress("admin", (folder() / "admin").u8string())) {
  for (const char* name : {"bridge", "admin", "data", "modules"}) {
    EXPECT_TRUE(MakePrivateFolder(folder() / name).ok());
  }
  InstallTestModule(modules(), "calm", "");
  options_.config_file = folder() / "broker.json";
  options_.program = folder() / "program" / "resource_broker.exe";
  WriteFile(options_.program, "");
  WriteFile(options_.program.parent_path() / BridgeLibraryName(), "");
  // The machine's own disk may be anything.
  options_.limits.low_disk_bytes = 1;
  options_.limits.full_disk_bytes = 0;
  WriteFile(folder() / "trust.pem", authority_.certificate());
  CertificateSpec node;
  node.common_name = "node";
  node.ends = absl::Hours(24 * 365);
  Certify(authority_.Issue(node));
  Configure("");
}

InstalledBroker::~InstalledBroker() = default;

void InstalledBroker::Configure(const std::string& more) {
  const auto text = [](const std::string& value) { return absl::StrReplaceAll(value, {{"\\", "\\\\"}}); };
  WriteFile(
      options_.config_file,
      absl::StrCat(R"({"bridgeAddress": ")", text(bridge_address_), R"(", "adminAddress": ")", text(admin_address_),
                   R"(", "dataDirectory": "data", "modulesDirectory": "modules")", more, "}"));
}

void InstalledBroker::Certify(const Certificate& node) {
  WriteFile(folder() / "node.pem", node.certificate);
  WriteKeyFile(folder() / "node.key", node.key);
}

void InstalledBroker::Start() {
  program_ = std::make_unique<Program>(std::vector<std::string>{"run", "--config", options_.config_file.u8string()});
  program_->AwaitErrors(" runs as process ");
}

void InstalledBroker::AwaitAnswer() const {
  ipc::ChannelOptions options;
  // Asked of each connection: the socket is not there yet when the channel is made.
  options.verify_server = ipc::SameAccountOrAdministrator();
  const auto channel = ipc::Connect(admin_address_, options);
  ASSERT_TRUE(channel.ok()) << channel.status();
  EXPECT_TRUE((*channel)->WaitForConnected(std::chrono::system_clock::now() + std::chrono::seconds(60)));
}

void InstalledBroker::Stop() { program_.reset(); }

std::vector<std::string> InstalledBroker::Complaints() const {
  std::vector<std::string> complaints;
  for (const Finding& finding : Examine(options_)) {
    if (finding.result == FindingResult::kOk) continue;
    complaints.push_back(finding.check + (finding.result == FindingResult::kError ? ": error" : ": warning"));
  }
  return complaints;
}

std::string InstalledBroker::MendOf(const std::string& check) const {
  std::string mend;
  for (const Finding& finding : Examine(options_)) {
    if (finding.check == check) mend = finding.mend;
  }
  return mend;
}

}  // namespace resource_broker::broker::testing
