// A whole installation in a folder of its own, and a broker that runs from it.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "broker_service/doctor/doctor.h"
#include "broker_service/host/testing/program.h"
#include "broker_service/modules/testing/installed_modules.h"
#include "broker_service/remote/testing/certificates.h"

namespace resource_broker::broker::testing {

class InstalledBroker {
 public:
  InstalledBroker();
  ~InstalledBroker();

  // Replaces the configuration: the usual one with `more` behind it, which begins with a comma.
  void Configure(const std::string& more);
  // The node's certificate and key, as the configuration's `remote` names them.
  void Certify(const Certificate& node);
  // Returns when it answers.
  void Start();
  void Stop();
  // For a broker that somebody else starts, which says nothing.
  void AwaitAnswer() const;

  // "check: error" for each that is not ok.
  std::vector<std::string> Complaints() const;
  // Of the last one so named; empty if there is none.
  std::string MendOf(const std::string& check) const;

  const std::filesystem::path& folder() const { return folder_.path(); }
  std::filesystem::path data() const { return folder() / "data"; }
  std::filesystem::path modules() const { return folder() / "modules"; }
  std::filesystem::path bridge_folder() const { return folder() / "bridge"; }
  DoctorOptions& options() { return options_; }
  CertificateAuthority& authority() { return authority_; }

 private:
  TemporaryFolder folder_;
  CertificateAuthority authority_{"Roots"};
  const std::string bridge_address_;
  const std::string admin_address_;
  DoctorOptions options_;
  std::unique_ptr<Program> program_;
};

}  // namespace resource_broker::broker::testing
